import t from 'tap'
import { type Allowance, useAllowance } from '../../src/protocol/allowance.ts'

const RULE = { atOnce: 3, perMinute: 2 }

t.test('so many at once, then so many a minute', async (t) => {
  let allowance: Allowance | undefined
  const use = (atMs: number): number => {
    const result = useAllowance(RULE, allowance, atMs)
    if ('retryAfterS' in result) return result.retryAfterS
    allowance = result.allowance
    return 0
  }
  t.strictSame([use(0), use(0), use(0), use(0)], [0, 0, 0, 30])
  t.equal(use(29_000), 1)
  t.equal(use(30_000), 0)
  t.equal(use(30_000), 30)
  t.strictSame([use(600_000), use(600_000), use(600_000), use(600_000)], [0, 0, 0, 30])
})

t.test('some uses count for more than others', async (t) => {
  const use = useAllowance(RULE, undefined, 0, 2)
  t.match(use, { allowance: { left: 1 } })
  const allowance = 'allowance' in use ? use.allowance : undefined
  t.strictSame(useAllowance(RULE, allowance, 0, 3), { retryAfterS: 60 })
})
