import t from 'tap'
import { RangeJoiner } from '../../../src/server/mqtt/range-joiner.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'

function setUp() {
  const clock = new ManualClock()
  const applied: [string, unknown][] = []
  const ranges = new RangeJoiner(clock, (serial, value) => applied.push([serial, value]))
  return { clock, applied, ranges }
}

t.test('joins both bounds of a range into one command', async (t) => {
  const { applied, ranges, clock } = setUp()
  ranges.offer('A', { low: 25 })
  ranges.offer('B', { high: 20 })
  t.strictSame(applied, [])
  ranges.offer('A', { high: 28 })
  t.strictSame(applied, [['A', { low: 25, high: 28 }]])
  clock.advance(100)
  t.strictSame(applied.slice(1), [['B', { high: 20 }]], 'applies a single bound after 100 ms')
  t.equal(clock.timers.pending, 0)
})

t.test('applies the latest value of a bound, and nothing after close', async (t) => {
  const { applied, ranges, clock } = setUp()
  ranges.offer('A', { low: 18 })
  ranges.offer('A', { low: 19 })
  clock.advance(100)
  t.strictSame(applied, [['A', { low: 19 }]])
  ranges.offer('A', { low: 20 })
  ranges.close()
  clock.advance(1000)
  t.equal(applied.length, 1)
})
