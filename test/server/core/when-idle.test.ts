import t from 'tap'
import { whenIdle } from '../../../src/server/core/when-idle.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'

const SPAN_MS = 3_000

t.test('waits until a process has had next to nothing to do, and works once', async (t) => {
  const clock = new ManualClock()
  const shares = [0.9, 0.2, 0.01]
  let worked = 0
  whenIdle(
    clock,
    SPAN_MS,
    () => worked++,
    () => shares.shift() ?? 0,
  )
  clock.advance(SPAN_MS)
  clock.advance(SPAN_MS)
  t.equal(worked, 0, 'it was busy')
  clock.advance(SPAN_MS)
  t.equal(worked, 1)
  clock.advance(10 * SPAN_MS)
  t.equal(worked, 1)
})

t.test('work that was given up is not done', async (t) => {
  const clock = new ManualClock()
  const giveUp = whenIdle(clock, SPAN_MS, () => t.fail('it was done'))
  giveUp()
  clock.advance(SPAN_MS)
})

t.test('a process that works without a pause is busy', async (t) => {
  const clock = new ManualClock()
  let worked = 0
  whenIdle(clock, SPAN_MS, () => worked++)
  await new Promise((resolve) => setImmediate(resolve))
  const untilMs = performance.now() + 50
  while (performance.now() < untilMs);
  clock.advance(SPAN_MS)
  t.equal(worked, 0)
})
