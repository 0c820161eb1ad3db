import t from 'tap'
import {
  type GuessLimit,
  guessedLately,
  type NetworkGuesses,
  networkRetryAfterS,
  retryAfterS,
  wrongGuess,
  wrongInNetwork,
} from '../../../src/protocol/pairing/guess-limit.ts'

t.test(
  'P12: after ten wrong codes in a minute an address waits until the first is a minute old',
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
    t.ok(guessedLately(limit, 68_999))
    t.notOk(guessedLately(limit, 69_000), 'the last one is a minute old')
    t.notOk(guessedLately(undefined, 0))
  },
)

t.test('P12: the addresses of a foreign network count together, newcomers excepted', async (t) => {
  let guesses: NetworkGuesses | undefined
  for (let i = 0; i < 10; i++) guesses = wrongInNetwork(guesses, false, i * 1000)
  t.equal(networkRetryAfterS(guesses, true, 10_000), 50, 'one that has guessed waits')
  t.equal(networkRetryAfterS(guesses, false, 10_000), 0, 'one that has not is served')
  for (let i = 10; i < 256; i++) guesses = wrongInNetwork(guesses, false, 10_000)
  t.equal(networkRetryAfterS(guesses, false, 10_000), 50, 'but at most 256 new ones in a minute')
  t.equal(networkRetryAfterS(guesses, false, 60_000), 0)
  const again = wrongInNetwork(guesses, true, 10_000)
  t.equal(again.newcomersAtMs.length, 256, 'a second guess makes no newcomer')
})
