import t from 'tap'
import { RateLimit } from '../../../src/server/core/rate-limit.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'

const RULES = {
  own: { atOnce: 10, perMinute: 10 },
  spare: { atOnce: 2, perMinute: 2 },
  shared: { atOnce: 20, perMinute: 20 },
}

t.test('a crowd leaves each newcomer what is its own', async (t) => {
  const limit = new RateLimit(new ManualClock(), RULES)
  const used = (caller: string): number => {
    let count = 0
    while (limit.use(caller) === 0) count += 1
    return count
  }
  t.equal(used('a'), 10)
  t.equal(used('b'), 10)
  t.equal(used('c'), 6, 'two of its own, and the last four that all share')
  t.equal(used('d'), 2)
  t.equal(used('e'), 2)
})

t.test('it says when to try again', async (t) => {
  const clock = new ManualClock()
  const limit = new RateLimit(clock, RULES)
  for (let i = 0; i < 10; i++) limit.admit('a', 'commands')
  t.throws(() => limit.admit('a', 'commands'), {
    code: 'rate_limited',
    message: 'Too many commands at once. Try again in 6 seconds.',
    details: { retryAfterS: 6 },
  })
  clock.advance(6_000)
  limit.admit('a', 'commands')
})

t.test('callers without end take no memory without end', async (t) => {
  const limit = new RateLimit(new ManualClock(), RULES)
  for (let i = 0; i < 10; i++) limit.use('first')
  for (let i = 0; i < 50_000; i++) limit.use(String(i))
  t.equal(limit.use('first'), 0, 'it was forgotten')
})
