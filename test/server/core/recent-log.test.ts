import t from 'tap'
import { RecentLog } from '../../../src/server/core/recent-log.ts'

t.test('the last 200 lines are kept, newest last', async (t) => {
  const log = new RecentLog()
  t.same(log.lines(), [])
  for (let i = 1; i <= 250; i++) log.add(`line ${i}`)
  t.equal(log.lines().length, 200)
  t.equal(log.lines()[0], 'line 51')
  t.same(log.lines(2), ['line 249', 'line 250'])
  t.equal(log.lines(500).length, 200)
})

t.test('long lines are cut, and all together take 64,000 characters at most', async (t) => {
  const log = new RecentLog()
  for (let i = 0; i < 100; i++) log.add('x'.repeat(100_000))
  const lines = log.lines()
  t.ok(lines.every((line) => line.length <= 2_001))
  t.ok(lines.join('').length <= 64_000)
  t.ok(lines.length > 10)
})
