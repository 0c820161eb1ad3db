import t from 'tap'
import { rowsOf } from '../../../src/web/views/history/history-rows.ts'
import {
  alonePoints,
  type ChartAnswer,
  extentOf,
  knownFromMs,
  lastKnown,
  linesOf,
  stripesOf,
} from '../../../src/web/views/history/history-series.ts'
import {
  barLabel,
  pointText,
  rangeText,
  slotText,
} from '../../../src/web/views/history/history-words.ts'
import {
  barsOf,
  kindsThatRan,
  type RuntimeRows,
  sumOf,
  topOf,
} from '../../../src/web/views/history/runtime-bars.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const FROM = Date.UTC(2026, 10, 27)
const UTC = { name: 'UTC', offsetS: () => 0 }

function answer(more: Partial<ChartAnswer> = {}): ChartAnswer {
  return {
    serial: '02AA01AC0A000001',
    from: FROM,
    to: FROM + 4 * HOUR,
    step: HOUR,
    time_zone: 'UTC',
    time: [0, 1, 2, 3].map((hour) => FROM + hour * HOUR),
    temperature: [20, null, 21.04, null],
    target_temperature: [21, null, 21, null],
    humidity: [45, null, 44.6, null],
    heating: [0.4, null, 1, null],
    cooling: [0, null, 0, null],
    eco: [false, null, true, null],
    online: [true, false, true, null],
    ...more,
  }
}

t.test('lines are in the unit of the thermostat, and gaps stay gaps', async (t) => {
  t.strictSame(linesOf(answer(), 'C').inside, [20, null, 21.04, null])
  const { inside, humidity, outside } = linesOf(answer(), 'F')
  t.strictSame(inside.slice(0, 2), [68, null])
  t.equal(humidity[0], 45)
  t.strictSame(outside, [null, null, null, null], 'a column that was not answered')
  t.strictSame(alonePoints(inside), [0, 2])
  t.strictSame(alonePoints([1, 2, null, 3]), [3])
})

t.test('what is known begins and ends where the thermostat was watched', async (t) => {
  t.equal(knownFromMs(answer()), FROM)
  t.equal(lastKnown(answer()), 2)
  const none = answer({ online: [null, null, null, null] })
  t.equal(knownFromMs(none), undefined)
  t.equal(lastKnown(none), 3)
})

t.test('what ran is stripes; the same for longer is one', async (t) => {
  const { time } = answer()
  t.strictSame(stripesOf(answer(), [0.5, 0.5, 2, null]), [
    { fromMs: time[0], toMs: time[2], share: 0.5 },
    { fromMs: time[2], toMs: time[3], share: 1 },
  ])
  t.strictSame(stripesOf(answer(), [false, null, false, true]), [
    { fromMs: time[3], toMs: FROM + 4 * HOUR, share: 1 },
  ])
})

t.test('an axis has room, and a quiet day is not a storm', async (t) => {
  t.strictSame(extentOf([[18, 24, null]], { room: 0.5, least: 4 }), [17.5, 24.5])
  t.strictSame(extentOf([[20, 20.2]], { room: 0.5, least: 4 }).map(Math.round), [18, 22])
  t.strictSame(extentOf([[null]], { room: 0.5, least: 4 }), [0, 4])
})

t.test('a point is told in words', async (t) => {
  const told = (index: number, more: Partial<ChartAnswer> = {}, scale: 'C' | 'F' = 'C') =>
    pointText(answer(more), index, { scale, zone: UTC, locale: 'en-GB' })
  t.equal(
    told(0),
    'Fri 27 Nov, 00:00: inside 20 °C, target 21 °C, heating 40 % of the time, humidity 45 %',
  )
  t.match(told(2), /inside 21 °C, target 21 °C, eco, heating, humidity 45 %$/)
  t.match(told(1), /the thermostat was not heard from$/)
  t.match(told(3), /nothing is known$/)
  t.match(told(0, {}, 'F'), /inside 68 °F, target 70 °F/)
  const bounds = { target_temperature: [null], target_temperature_low: [19] }
  t.match(told(0, { ...bounds, target_temperature_high: [24] }), /target 19 °C to 24 °C/)
  t.match(told(0, { heating: [2] }), /heating in stage 2/)
  t.match(told(0, { heating: [0], cooling: [0.001] }), /cooling 1 % of the time/)
  const daily = { step: DAY, lowest_temperature: [18], highest_temperature: [22] }
  t.match(told(0, daily), /inside 20 °C, from 18 °C to 22 °C/)
})

t.test('a time is named by its length', async (t) => {
  const name = (hours: number) =>
    slotText({ fromMs: FROM, toMs: FROM + hours * HOUR }, UTC, 'en-GB')
  t.match(name(1), /27 Nov.*00:00/)
  t.notMatch(name(23), /00/, 'a short day is a day')
  t.match(name(25), /27 Nov$/)
  t.match(name(30 * 24), /^November 2026$/)
  const range = (days: number, span: 'day' | 'week') =>
    rangeText(
      { span, stepMs: HOUR, fromMs: FROM, toMs: FROM + days * DAY },
      FROM + HOUR,
      UTC,
      'en-GB',
    )
  t.match(range(1, 'day'), /^Today, Friday.* 27 November 2026$/)
  t.equal(range(7, 'week'), '27 Nov – 3 Dec 2026')
  t.equal(range(40, 'week'), '27 Nov 2026 – 5 Jan 2027')
  t.equal(barLabel(FROM, 'week', UTC, 'en-GB'), 'Fri')
})

function runtime(hoursOfHeating: readonly number[]): RuntimeRows {
  const rows = hoursOfHeating.map((hours, day) => ({
    from: FROM + day * DAY,
    to: FROM + (day + 1) * DAY,
    seconds: 86_400,
    heating: hours * 3600,
    heating_2: 0,
    heating_3: 0,
    cooling: 0,
    cooling_2: 0,
    cooling_3: 0,
    fan: 0,
    hot_water: 60,
    degree_hours_heating: null,
    degree_hours_cooling: null,
  }))
  return { serial: '02AA01AC0A000001', time_zone: 'UTC', by: 'day', rows }
}

t.test('runtimes are bars by day, or by calendar month', async (t) => {
  const days = barsOf(runtime([3, 5, 0, 0, 1]), UTC, false)
  t.equal(days.length, 5)
  t.strictSame(sumOf(days), { heating: 9 * HOUR, cooling: 0, fan: 0, hot_water: 300_000 })
  t.strictSame(kindsThatRan(days), ['heating', 'hot_water'])
  const months = barsOf(runtime([3, 5, 0, 0, 1]), UTC, true)
  t.strictSame(
    months.map(({ fromMs, ran }) => [new Date(fromMs).getUTCDate(), ran.heating / HOUR]),
    [
      [27, 8],
      [1, 1],
    ],
    '27 to 30 November, and 1 December',
  )
  t.equal(topOf(days), 6 * HOUR)
  t.equal(topOf([]), HOUR / 2)
  t.equal(topOf(barsOf(runtime([257]), UTC, false)), 300 * HOUR)
})

t.test('a table has a row for each bar until now, with means of what is known', async (t) => {
  const bars = barsOf(runtime([3, 5]), UTC, false)
  const rows = rowsOf(answer(), linesOf(answer(), 'C'), bars, FROM + HOUR)
  t.equal(rows.length, 1, 'tomorrow is left out')
  t.equal(rows[0]?.inside, 20.52)
  t.equal(rows[0]?.target, 21)
  t.equal(rows[0]?.low, null)
})
