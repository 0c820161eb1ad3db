import t from 'tap'
import {
  CALM,
  type GuessLimit,
  type GuessPace,
  retryAfterS,
  takeTurn,
  wrongCode,
  wrongGuess,
} from '../../../src/protocol/pairing/guess-limit.ts'

function afterWrong(count: number, atMs: number): GuessPace {
  let pace = CALM
  for (let i = 0; i < count; i++) pace = wrongCode(pace, atMs)
  return pace
}

t.test(
  'P12: after ten wrong codes in a minute a network waits until the first is a minute old',
  async (t) => {
    let limit: GuessLimit | undefined
    for (let i = 0; i < 10; i++) {
      t.equal(retryAfterS(limit, i * 1000), 0, `try ${i + 1}`)
      limit = wrongGuess(limit, i * 1000)
    }
    t.equal(retryAfterS(limit, 10_000), 50)
    t.equal(retryAfterS(limit, 59_999), 1, 'at least 1 while tries are refused')
    t.equal(retryAfterS(limit, 60_000), 0, 'the first of the ten is a minute old')
    t.equal(retryAfterS(wrongGuess(limit, 60_000), 60_000), 1)
  },
)

t.test('P12: a try does not wait while wrong codes are rare', async (t) => {
  t.match(takeTurn(CALM, 0), { waitMs: 0 })
  t.match(takeTurn(afterWrong(29, 0), 10), { waitMs: 0 })
})

t.test(
  'P12: after 30 wrong codes in a minute one try per second is checked, and 30 may wait',
  async (t) => {
    let pace = afterWrong(30, 1_000)
    const waits: number[] = []
    for (let i = 0; i < 40; i++) {
      const turn = takeTurn(pace, 1_000)
      if ('retryAfterS' in turn) {
        t.equal(turn.retryAfterS, 31)
        continue
      }
      pace = turn.pace
      waits.push(turn.waitMs)
    }
    t.same(
      waits,
      Array.from({ length: 30 }, (_, i) => (i + 1) * 1000),
    )
    t.match(takeTurn(pace, 61_000), { waitMs: 0 }, 'a minute later a try does not wait')
  },
)
