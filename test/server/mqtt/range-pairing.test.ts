import t from 'tap'
import { Bounds } from '../../../src/server/mqtt/range-pairing.ts'
import { FakeClock } from './fake-clock.ts'

function made() {
  const clock = new FakeClock()
  const applied: [string, unknown][] = []
  const bounds = new Bounds(clock, (serial, value) => applied.push([serial, value]))
  return { clock, applied, bounds }
}

t.test('both bounds of a range become one command at once', async (t) => {
  const { applied, bounds, clock } = made()
  bounds.offer('A', { low: 25 })
  bounds.offer('B', { high: 20 })
  t.strictSame(applied, [])
  bounds.offer('A', { high: 28 })
  t.strictSame(applied, [['A', { low: 25, high: 28 }]])
  clock.advance(100)
  t.strictSame(applied.slice(1), [['B', { high: 20 }]], 'one alone after a moment')
  t.equal(clock.timers, 0)
})

t.test('the latest of a bound counts, and a closed one does nothing', async (t) => {
  const { applied, bounds, clock } = made()
  bounds.offer('A', { low: 18 })
  bounds.offer('A', { low: 19 })
  clock.advance(100)
  t.strictSame(applied, [['A', { low: 19 }]])
  bounds.offer('A', { low: 20 })
  bounds.close()
  clock.advance(1000)
  t.equal(applied.length, 1)
})
