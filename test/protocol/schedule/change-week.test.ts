import t, { type Test } from 'tap'
import {
  changedDays,
  emptiedDays,
  type Week,
  wireDays,
  withCopies,
  withoutTimes,
  withSetpoints,
} from '../../../src/protocol/schedule/change-week.ts'
import { parseScheduleFile } from '../../../src/protocol/schedule/schedule-file.ts'
import { weekSetpoints } from '../../../src/protocol/schedule/week.ts'

const weekOf = (text: string): Week => weekSetpoints(parseScheduleFile(text))
const at = (hour: number, ...temps: number[]) => ({ at: hour * 3600, temps, continuation: false })
const WEEK = weekOf('all 06:00 20  22:00 17')
/** Expects what the text sets. */
const same = (t: Test, found: Week, text: string) => t.strictSame(found, weekOf(text))

t.test('a setpoint is added in order of time, or replaces the one at its time', async (t) => {
  const noon = withSetpoints(WEEK, [0, 6], [at(12, 21)])
  same(t, noon, 'all 06:00 20  22:00 17\nmon,sun 06:00 20  12:00 21  22:00 17')
  same(t, withSetpoints(WEEK, [2], [at(6, 19)]), 'all 06:00 20  22:00 17\nwed 06:00 19  22:00 17')
  const range = withSetpoints(weekOf('mon -'), [0], [at(6, 19, 24)])
  same(t, range, '(heat-cool)\nmon 06:00 19-24')
})

t.test('setpoints are removed by their times, where they are', async (t) => {
  same(t, withoutTimes(WEEK, [5, 6], [6 * 3600, 3600]), 'all 06:00 20  22:00 17\nweekend 22:00 17')
})

t.test('a day is copied to others, an empty one too', async (t) => {
  const monday = withSetpoints(WEEK, [0], [at(12, 21)])
  same(
    t,
    withCopies(monday, 0, [1, 0]),
    'all 06:00 20 22:00 17\nmon,tue 06:00 20 12:00 21 22:00 17',
  )
  const none = withoutTimes(WEEK, [6], [6 * 3600, 22 * 3600])
  same(t, withCopies(none, 6, [5]), 'mon-fri 06:00 20 22:00 17')
})

t.test('tells the days that changed, and which of them are empty now', async (t) => {
  const changed = changedDays(WEEK, weekOf('mon-fri 06:00 20 22:00 17\nsat 06:00 20'))
  t.strictSame(
    changed.map(({ day, before, after }) => [day, before.length, after.length]),
    [
      [5, 2, 1],
      [6, 2, 0],
    ],
  )
  t.strictSame(emptiedDays(changed), [6])
  t.strictSame(changedDays(WEEK, WEEK), [])
  const rounded = WEEK.map((entries) =>
    entries.map((entry) => ({ ...entry, temps: entry.temps.map((temp) => temp + 0.001) })),
  )
  t.strictSame(changedDays(WEEK, rounded), [], 'a thermostat rounds otherwise')
  t.equal(changedDays(WEEK, weekOf('all 06:00 20  22:00 17.01')).length, 7)
})

t.test('a week is sent as thermostats have it', async (t) => {
  t.match(wireDays([[at(6, 20)], [at(6, 19, 24)]]), {
    0: { 0: { time: 21_600, temp: 20 } },
    1: { 0: { time: 21_600, 'temp-min': 19, 'temp-max': 24 } },
  })
})
