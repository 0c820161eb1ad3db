import t from 'tap'
import { mayRepeat, type RepeatGuard } from '../../../src/protocol/transport/repeat-guard.ts'

t.test('P11: five answers within a minute, then one per hold period', async (t) => {
  const HOLD_MS = 290_000
  let guard: RepeatGuard | undefined
  const answers = (steadyMs: number) => {
    const next = mayRepeat(guard, steadyMs, HOLD_MS)
    guard = next.guard
    return next.allowed
  }
  for (let i = 0; i < 5; i++) t.equal(answers(i * 1000), true, `answer ${i + 1}`)
  t.equal(answers(5_000), false)
  t.equal(answers(4_000 + HOLD_MS - 1), false, 'still within the hold period of the last')
  t.equal(answers(4_000 + HOLD_MS), true)
  t.equal(answers(4_000 + HOLD_MS + 60_000), false, 'it stays slow')
  guard = undefined
  for (let i = 0; i < 20; i++)
    t.equal(answers(i * 15_000), true, 'four answers a minute are no loop')
})
