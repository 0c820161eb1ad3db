import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { keyedSchedule, sameWeek, scheduleOverview } from '../../../src/protocol/schedule/week.ts'
import { upload } from '../../helpers/uploads.ts'

const WARM = { type: 'HEAT', time: 21_600, entry_type: 'setpoint', temp: 20 }
const COLD = { type: 'HEAT', time: 79_200, entry_type: 'setpoint', temp: 17 }
const WEEK = { schedule_mode: 'HEAT', days: { 0: { 0: WARM, 1: COLD } } }

t.test('the overview is the week as a table shows it', async (t) => {
  const [monday, tuesday, ...rest] = scheduleOverview(upload('display-5.9.4').schedule)
  t.strictSame(monday, {
    day: 'Monday',
    lines: [
      { time: '00:00', temps: [16], continuation: true },
      { time: '06:00', temps: [20], continuation: false },
      { time: '22:00', temps: [16], continuation: false },
    ],
  })
  t.strictSame(tuesday, { day: 'Tuesday', lines: [] })
  t.equal(rest.at(-1)?.day, 'Sunday')
  const odd = scheduleOverview({
    days: {
      6: { 1: { time: 60, 'temp-min': 19, 'temp-max': 24 }, 0: { time: 5, temp: 0 }, 2: 'x' },
    },
  })
  t.strictSame(odd.at(-1)?.lines, [
    { time: '00:00:05', temps: [0], continuation: false },
    { time: '00:01', temps: [19, 24], continuation: false },
  ])
  t.equal(scheduleOverview({}).length, 7, 'no schedule is an empty week')
})

t.test('a week of lists and gaps is shown keyed by number', async (t) => {
  const lists = { name: 'x', days: [[WARM, null, COLD], null, 'x', { 2: WARM, 5: COLD, 9: null }] }
  t.strictSame(keyedSchedule(lists), {
    name: 'x',
    days: { 0: { 0: WARM, 2: COLD }, 3: { 2: WARM, 5: COLD } },
  })
  t.strictSame(keyedSchedule(WEEK), WEEK)
  for (const odd of [{}, { days: null }, { days: 'x' }]) t.strictSame(keyedSchedule(odd), odd)
  const shown = scheduleOverview(lists).map(({ lines }) => lines.length)
  t.strictSame(shown, [2, 0, 0, 2, 0, 0, 0])
})

t.test('a week is the same, whatever a thermostat adds to it', async (t) => {
  const rows: [string, other: JsonObject, same: boolean][] = [
    ['touched fields', { days: { 0: { 0: { ...WARM, touched_by: 1 }, 1: COLD } } }, true],
    ['other keys', { days: { 0: { 2: COLD, 5: WARM }, 1: {} } }, true],
    ['lists', { days: [[WARM, COLD], null] }, true],
    ['a rounded temperature', { days: { 0: { 0: { ...WARM, temp: 19.99999 }, 1: COLD } } }, true],
    [
      'continuation entries',
      {
        days: {
          0: { 0: WARM, 1: COLD },
          1: { 0: { ...COLD, time: 0, entry_type: 'continuation' } },
        },
      },
      true,
    ],
    ['another temperature', { days: { 0: { 0: { ...WARM, temp: 21 }, 1: COLD } } }, false],
    ['another time', { days: { 0: { 0: { ...WARM, time: 0 }, 1: COLD } } }, false],
    ['another day', { days: { 1: { 0: WARM, 1: COLD } } }, false],
    ['an entry less', { days: { 0: { 0: WARM } } }, false],
    ['another mode', { ...WEEK, schedule_mode: 'COOL' }, false],
    ['nothing', {}, false],
  ]
  for (const [name, other, same] of rows) {
    t.equal(sameWeek(WEEK, other), same, name)
    t.equal(sameWeek(other, WEEK), same, name)
  }
})
