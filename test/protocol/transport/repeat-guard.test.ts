import t from 'tap'
import {
  type GuessLimit,
  retryAfterS,
  wrongGuess,
} from '../../../src/protocol/pairing/guess-limit.ts'
import { mayRepeat, type RepeatGuard } from '../../../src/protocol/transport/repeat-guard.ts'

t.test('P12: ten wrong codes in a minute, then a wait until the minute is over', async (t) => {
  let limit: GuessLimit | undefined
  for (let i = 0; i < 10; i++) {
    t.equal(retryAfterS(limit, i * 1000), 0, `try ${i + 1}`)
    limit = wrongGuess(limit, i * 1000)
  }
  t.equal(retryAfterS(limit, 10_000), 50)
  t.equal(retryAfterS(limit, 59_999), 1, 'never 0 while it is closed')
  t.equal(retryAfterS(limit, 60_000), 0, 'the first of the ten is a minute old')
  t.equal(retryAfterS(wrongGuess(limit, 60_000), 60_000), 1)
})

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
  t.equal(answers(4_000 + HOLD_MS + 60_000), false, 'and it stays slow')
  guard = undefined
  for (let i = 0; i < 20; i++) t.equal(answers(i * 15_000), true, 'four a minute are no loop')
})
