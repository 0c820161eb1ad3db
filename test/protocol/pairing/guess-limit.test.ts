import t from 'tap'
import {
  CALM,
  type GuessPace,
  takeTurn,
  wrongCode,
} from '../../../src/protocol/pairing/guess-limit.ts'

function afterWrong(count: number, atMs: number): GuessPace {
  let pace = CALM
  for (let i = 0; i < count; i++) pace = wrongCode(pace, atMs)
  return pace
}

t.test('nobody waits while guessing is rare', async (t) => {
  t.match(takeTurn(CALM, 0), { waitMs: 0 })
  t.match(takeTurn(afterWrong(29, 0), 10), { waitMs: 0 })
})

t.test(
  'after 30 wrong codes in a minute tries go one per second, and a line has an end',
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
    t.match(takeTurn(pace, 61_000), { waitMs: 0 }, 'a minute later all is calm again')
  },
)
