import t from 'tap'
import { beginEdit } from '../../src/web/views/schedule/week-edit.ts'
import { segmentsOf, warmth } from '../../src/web/views/schedule/week-segments.ts'

const HOUR = 3600
const { week } = beginEdit(
  {
    schedule_mode: 'HEAT',
    days: {
      0: { 0: { time: 6 * HOUR, temp: 21 }, 1: { time: 22 * HOUR, temp: 17 } },
      1: { 0: { time: 0, temp: 18 } },
    },
  },
  'HEAT',
).now

t.test('a day is stretches without gaps; the setpoint of a day before goes on', async (t) => {
  t.strictSame(segmentsOf(week, 0), [
    { from: 0, to: 6 * HOUR, temps: [18], index: undefined },
    { from: 6 * HOUR, to: 22 * HOUR, temps: [21], index: 0 },
    { from: 22 * HOUR, to: 24 * HOUR, temps: [17], index: 1 },
  ])
})

t.test('a setpoint at midnight leaves nothing of the day before', async (t) => {
  t.strictSame(segmentsOf(week, 1), [{ from: 0, to: 24 * HOUR, temps: [18], index: 0 }])
})

t.test('an empty week has stretches without a temperature', async (t) => {
  t.strictSame(segmentsOf([[], [], [], [], [], [], []], 3), [
    { from: 0, to: 24 * HOUR, temps: [], index: undefined },
  ])
})

t.test('colours go from blue over sand to orange', async (t) => {
  for (const [degrees, percent] of [
    [9, -100],
    [16, -100],
    [17.5, -50],
    [19, 0],
    [20.5, 50],
    [28, 100],
  ] as const) {
    t.equal(warmth(degrees), percent, `${degrees} °C`)
  }
})
