import { join } from 'node:path'
import t from 'tap'
import { type Day, Month } from './month.ts'
import { grownOnDisk } from './verdict.ts'

// Takes some seconds, and longer on a slow disk.
t.setTimeout(600_000)

t.test('grows neither on disk nor in memory over three days', async (t) => {
  const month = new Month({
    seed: 1,
    databasePath: join(t.testdir(), 'nle.sqlite'),
    thermostats: 2,
    sensedEveryMinutes: 30,
  })
  const days: Day[] = []
  for await (const day of month.days(3)) days.push(day)
  t.strictSame(month.failures, [])
  t.strictSame(grownOnDisk(days), [])
  for (const { held, timers, rows, pairings, commands } of days) {
    t.ok(held <= 4, `${held} held`)
    t.ok(timers <= 30, `${timers} timers`)
    // Two of the household, and the strangers of a day and a half.
    t.ok((rows.devices ?? 0) <= 2 + 45, `${rows.devices} devices`)
    t.ok((rows.entry_keys ?? 0) <= 2 * 2 + 45, `${rows.entry_keys} codes`)
    t.ok(commands > 0)
    t.type(pairings, 'number')
  }
})
