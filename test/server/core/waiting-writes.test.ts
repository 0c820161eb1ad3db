import t from 'tap'
import { WaitingWrites } from '../../../src/server/core/waiting-writes.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'

const LOCKED = new Error('locked')

/** A database that another program locks and unlocks, and what became of the writes. */
function start() {
  const clock = new ManualClock()
  const world = { isLocked: true, isLockedForLong: false, attempts: 0 }
  const waiting = new WaitingWrites(clock, () => world.isLockedForLong)
  const told: string[] = []
  const add = (name: string, length = 1): void => {
    const write = {
      length,
      attempt: () => {
        world.attempts += 1
        if (world.isLocked) waiting.add(write, LOCKED)
        else told.push(`done ${name}`)
      },
      refuse: (error: unknown) => told.push(`refused ${name}: ${(error as Error).message}`),
    }
    waiting.add(write, LOCKED)
  }
  return { clock, world, waiting, told, add }
}

t.test('what waits is done in its order once the database is unlocked', (t) => {
  const { clock, world, waiting, told, add } = start()
  for (const name of ['A', 'B', 'C']) add(name)
  clock.advance(500)
  t.strictSame(told, [])
  t.equal(waiting.isEmpty, false)
  t.equal(world.attempts, 4, 'only the first is attempted, after 25, 50, 100 and 200 ms')
  world.isLocked = false
  clock.advance(250)
  t.strictSame(told, ['done A', 'done B', 'done C'])
  t.equal(waiting.isEmpty, true)
  t.equal(clock.timers.pending, 0)
  t.end()
})

t.test('a database that is locked again lets the others wait on, in their order', (t) => {
  const { clock, world, waiting, told, add } = start()
  add('A')
  const lockAgain = (): void => {
    world.isLocked = true
  }
  waiting.add({ length: 1, attempt: lockAgain, refuse: lockAgain }, LOCKED)
  for (const name of ['C', 'D']) add(name)
  world.isLocked = false
  clock.advance(25)
  t.strictSame(told, ['done A'])
  world.isLocked = false
  clock.advance(250)
  t.strictSame(told, ['done A', 'done C', 'done D'])
  t.end()
})

t.test('each is refused after 1.8 seconds, whenever the others came', (t) => {
  const { clock, told, add } = start()
  add('A')
  clock.advance(300)
  add('B')
  clock.advance(1_499)
  t.strictSame(told, [])
  clock.advance(1)
  t.strictSame(told, ['refused A: locked'])
  clock.advance(299)
  t.equal(told.length, 1)
  clock.advance(1)
  t.strictSame(told.slice(1), ['refused B: locked'])
  t.equal(clock.timers.pending, 0)
  t.end()
})

t.test('a write whose failure shows later keeps its deadline', async (t) => {
  const { clock, waiting, told } = start()
  const write = {
    length: 1,
    attempt: () => void Promise.resolve().then(() => waiting.add(write, LOCKED)),
    refuse: () => told.push('refused'),
  }
  waiting.add(write, LOCKED)
  for (let ms = 0; ms < 1_800; ms += 25) {
    t.strictSame(told, [])
    clock.advance(25)
    await Promise.resolve()
  }
  clock.advance(0)
  t.strictSame(told, ['refused'])
})

t.test('a thousand may wait, and four million characters', (t) => {
  const { told, add, waiting } = start()
  for (let i = 0; i < 1_000; i++) add(`${i}`)
  t.strictSame(told, [])
  add('one more')
  t.strictSame(told, ['refused one more: locked'])
  waiting.stop()
  const long = start()
  long.add('A', 3_000_000)
  long.add('B', 1_000_001)
  long.add('C', 1_000_000)
  t.strictSame(long.told, ['refused B: locked'])
  t.end()
})

t.test('nothing waits for a database that is known to be locked for long', (t) => {
  const { clock, world, told, add } = start()
  world.isLockedForLong = true
  add('A')
  t.strictSame(told, ['refused A: locked'])
  t.equal(clock.timers.pending, 0)
  t.end()
})

t.test('the end of the process refuses all, and lets nothing wait any more', (t) => {
  const { clock, waiting, told, add } = start()
  add('A')
  add('B')
  waiting.stop()
  add('C')
  t.strictSame(told, ['refused A: locked', 'refused B: locked', 'refused C: locked'])
  t.equal(clock.timers.pending, 0)
  t.end()
})
