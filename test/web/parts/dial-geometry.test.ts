import t from 'tap'
import {
  alongArc,
  alongAt,
  alongDrag,
  arcPath,
  outness,
  pointAt,
  temperatureAt,
} from '../../../src/web/parts/dial/dial-geometry.ts'

t.test('the arc goes from 9 to 32 °C, or 48 to 90 °F, over 270 degrees', async (t) => {
  t.equal(alongArc(9, 'C'), 0)
  t.equal(alongArc(32, 'C'), 270)
  t.equal(alongArc(20.5, 'C'), 135, 'the middle is on top')
  t.equal(alongArc(48, 'F'), 0)
  t.equal(alongArc(90, 'F'), 270)
  t.equal(alongArc(4.5, 'C'), 0, 'what is colder stands at its beginning')
})

t.test('each temperature is found again where it stands', async (t) => {
  for (let celsius = 9; celsius <= 32; celsius += 0.5) {
    const found = temperatureAt(alongAt(pointAt(alongArc(celsius, 'C'))), 'C')
    t.ok(Math.abs(found - celsius) < 0.01, `${celsius}`)
  }
})

t.test('begin and end are below, on the left and on the right', async (t) => {
  t.match(pointAt(0), { x: 40.6, y: 159.4 })
  t.match(pointAt(270), { x: 159.4, y: 159.4 })
  t.equal(outness(pointAt(100)).toFixed(2), '1.00')
})

t.test('in the gap the nearer end counts, and no drag leaps through it', async (t) => {
  t.equal(alongAt({ x: 90, y: 190 }), 0)
  t.equal(alongAt({ x: 110, y: 190 }), 270)
  t.equal(alongDrag({ x: 110, y: 190 }, 10), 0)
  t.equal(alongDrag(pointAt(260), 5), 0)
  t.equal(alongDrag(pointAt(10), 265), 270)
  t.ok(Math.abs(alongDrag(pointAt(100), 90) - 100) < 0.1)
})

t.test('a stretch is drawn from the smaller to the larger; none without a length', async (t) => {
  t.equal(arcPath(50, 50), '')
  t.equal(arcPath(90, 30), arcPath(30, 90))
  t.match(arcPath(0, 90), /^M40.6 159.4A84 84 0 0 1 /)
  t.match(arcPath(0, 200), / 0 1 1 /, 'the long way round')
})
