import t from 'tap'
import { ExclusiveJobs } from '../../../src/store/postgres/exclusive-jobs.ts'

const LOCK = /pg_try_advisory_lock/
const EPOCH = /INSERT INTO epochs/
const UNLOCK = /pg_advisory_unlock/

/** A fake of the direct connection that is given every lock. It calls `meanwhile` before it answers a statement. */
function connection(meanwhile: (text: string) => void) {
  const asked: string[] = []
  return {
    asked,
    async ask(text: string) {
      asked.push(text)
      await Promise.resolve()
      meanwhile(text)
      return LOCK.test(text) ? [{ isLocked: true }] : [{ epoch: 1 }]
    },
  }
}

/** A time in which no pause ends. */
const TIME = { steadyMs: () => 0, wait: () => new Promise<void>(() => {}), atTurnEnd: setImmediate }

for (const [answer, pattern] of [
  ['the lock', LOCK],
  ['its number', EPOCH],
] as const) {
  t.test(`a job that is given up while ${answer} is awaited is not begun`, async (t) => {
    let giveUp = async (): Promise<void> => {}
    const direct = connection((text) => {
      if (pattern.test(text)) void giveUp()
    })
    const jobs = new ExclusiveJobs(direct as never, TIME)
    let gained = 0
    giveUp = jobs.add('history', () => gained++, t.fail)
    await new Promise((resolve) => setImmediate(resolve))
    t.equal(gained, 0)
    t.match(direct.asked.at(-1), UNLOCK, 'another process may have it')
  })
}
