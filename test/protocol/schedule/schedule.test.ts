import fc from 'fast-check'
import t from 'tap'
import { isObject, type JsonObject } from '../../../src/protocol/bucket.ts'
import { parseSchedule } from '../../../src/protocol/schedule/schedule.ts'
import { parseScheduleFile } from '../../../src/protocol/schedule/schedule-file.ts'
import { scheduleOverview } from '../../../src/protocol/schedule/week.ts'
import { upload } from '../../helpers/uploads.ts'
import { refusal } from '../make.ts'

const heat = (time: unknown, temp: unknown, more: object = {}) => ({ time, temp, ...more })
const week = (days: unknown, more: object = {}) => ({ schedule_mode: 'HEAT', days, ...more })

t.test('days given as lists go out keyed, sorted by time, with all seven days', async (t) => {
  const parsed = parseSchedule({
    ver: 2,
    name: 'Winter',
    schedule_mode: 'HEAT',
    days: { 0: [heat(79_200, 16), heat(25_200, 20, { type: 'HEAT' })] },
  })
  t.strictSame(parsed, {
    ver: 2,
    name: 'Winter',
    schedule_mode: 'HEAT',
    days: {
      0: {
        0: { type: 'HEAT', time: 25_200, entry_type: 'setpoint', temp: 20 },
        1: { type: 'HEAT', time: 79_200, entry_type: 'setpoint', temp: 16 },
      },
      1: {},
      2: {},
      3: {},
      4: {},
      5: {},
      6: {},
    },
  })
})

t.test('a list of days counts from Monday', async (t) => {
  t.strictSame(
    parseSchedule(week([[], [heat(0, 20)]])),
    parseSchedule(week({ 1: { 0: heat(0, 20) } })),
  )
})

t.test('what a thermostat has on file can be sent back; fields it adds are dropped', async (t) => {
  const { schedule } = upload('display-5.9.4')
  const days = parseSchedule(schedule).days
  t.strictSame(isObject(days) && days[0], {
    0: { type: 'HEAT', time: 0, entry_type: 'continuation', temp: 16 },
    1: { type: 'HEAT', time: 21_600, entry_type: 'setpoint', temp: 20 },
    2: { type: 'HEAT', time: 79_200, entry_type: 'setpoint', temp: 16 },
  })
})

t.test('null in a list of days or entries is a gap, and keys may have gaps', async (t) => {
  const warm = { type: 'HEAT', time: 0, entry_type: 'setpoint', temp: 20, touched_by: 4 }
  const cold = { ...warm, time: 3600, temp: 17, touched_at: 1_700_000_000, touched_tzo: -18_000 }
  const keyedForm = parseSchedule({ days: { 1: { 0: warm, 5: cold } } })
  const lists = { days: [null, [warm, null, cold], null] }
  t.strictSame(parseSchedule(lists), keyedForm)
  t.strictSame(parseScheduleFile(JSON.stringify(lists)), keyedForm)
  t.match(keyedForm.days, { 0: {}, 1: { 0: { temp: 20 }, 1: { temp: 17 } }, 6: {} })
})

t.test('range entries have two temperatures', async (t) => {
  const { days } = parseSchedule({
    schedule_mode: 'range',
    days: { 6: [{ time: 60, type: 'RANGE', 'temp-min': 19, 'temp-max': 24 }] },
  })
  t.strictSame(isObject(days) && days[6], {
    0: { type: 'RANGE', time: 60, entry_type: 'setpoint', 'temp-min': 19, 'temp-max': 24 },
  })
})

t.test('an empty week clears the schedule', async (t) => {
  const cleared = { ver: 2, name: 'Schedule', schedule_mode: 'HEAT', days: {} }
  t.strictSame(parseSchedule({ days: {} }), cleared)
  t.strictSame(parseSchedule({ days: { 0: {}, 1: [] } }), cleared)
  t.strictSame(
    parseSchedule({ days: {} }, { mode: 'COOL', name: 'Summer' }),
    { ...cleared, schedule_mode: 'COOL', name: 'Summer' },
    'in the mode of now',
  )
})

t.test('the mode: said, else that of the entries, else that of now', async (t) => {
  const range = [{ time: 0, 'temp-min': 19, 'temp-max': 24 }]
  const cases: [string, unknown, 'HEAT' | 'COOL' | undefined, string][] = [
    ['said', { schedule_mode: 'COOL', days: { 0: [heat(0, 20)] } }, 'HEAT', 'COOL'],
    ['by type', { days: { 0: [heat(0, 20, { type: 'COOL' })] } }, 'HEAT', 'COOL'],
    ['by two temperatures', { days: { 0: range } }, 'HEAT', 'RANGE'],
    ['of now', { days: { 0: [heat(0, 20)] } }, 'COOL', 'COOL'],
    ['nothing known', { days: { 0: [heat(0, 20)] } }, undefined, 'HEAT'],
  ]
  for (const [name, input, mode, expected] of cases) {
    t.equal(parseSchedule(input, { mode }).schedule_mode, expected, name)
  }
})

t.test('refusals name day, entry and reason', async (t) => {
  const quarters = Array.from({ length: 97 }, (_, i) => heat(i * 60, 20))
  const cases: [string, unknown, RegExp][] = [
    ['not an object', [], /must be an object/],
    ['no days', { schedule_mode: 'HEAT' }, /days must be an object/],
    ['another version', week({}, { ver: 1 }), /ver must be 2/],
    ['an unknown mode', { schedule_mode: 'WARM', days: {} }, /schedule_mode must be HEAT, COOL/],
    ['an eighth day', week({ 7: [] }), /day "7" is none/],
    ['a named day', week({ monday: [] }), /day "monday" is none/],
    ['a list of eight', week([[], [], [], [], [], [], [], []]), /day "7"/],
    ['a day that is text', week({ 2: 'x' }), /Wednesday must hold entries/],
    ['an entry that is not one', week({ 0: [3] }), /Monday, entry 0 must be an object/],
    ['an entry by name', week({ 0: { first: heat(0, 20) } }), /Monday: entries are keyed/],
    ['no time', week({ 0: [heat(undefined, 20)] }), /Monday, entry 0: time.*0 to 86399/],
    ['a negative time', week({ 0: [heat(-1, 20)] }), /time/],
    ['midnight of the next day', week({ 0: [heat(86_400, 20)] }), /time/],
    ['half a second', week({ 0: [heat(1.5, 20)] }), /time/],
    ['a time as text', week({ 0: [heat('07:00', 20)] }), /time/],
    [
      'an entry of another mode',
      week({ 4: [heat(0, 20), heat(60, 21, { type: 'COOL' })] }),
      /Friday, entry 1: type must be HEAT/,
    ],
    ['another entry type', week({ 0: [heat(0, 20, { entry_type: 'x' })] }), /entry_type/],
    ['no temperature', week({ 0: [heat(0, undefined)] }), /entry 0: temp must be a number/],
    ['Fahrenheit', week({ 6: [heat(0, 68)] }), /Sunday, entry 0: temp must be from 4\.5 to 32/],
    [
      'a range in heat',
      week({ 0: [{ time: 0, 'temp-min': 18, 'temp-max': 22 }] }),
      /temp-min and temp-max belong to RANGE/,
    ],
    [
      'one temperature in range',
      { schedule_mode: 'RANGE', days: { 0: [heat(0, 20)] } },
      /RANGE takes temp-min and temp-max/,
    ],
    [
      'half a range',
      { schedule_mode: 'RANGE', days: { 0: [{ time: 0, 'temp-min': 20 }] } },
      /temp-max must be a number/,
    ],
    [
      'a range upside down',
      { schedule_mode: 'RANGE', days: { 0: [{ time: 0, 'temp-min': 24, 'temp-max': 20 }] } },
      /temp-max \(20\) must not be below temp-min \(24\)/,
    ],
    ['the same time twice', week({ 0: [heat(60, 20), heat(60, 21)] }), /same time as entry 0/],
    ['97 entries', week({ 3: quarters }), /Thursday has 97 entries, more than 96/],
    ['a long name', week({}, { name: 'x'.repeat(65) }), /name must be text/],
  ]
  for (const [name, input, message] of cases) {
    t.match(
      refusal(() => parseSchedule(input)),
      message,
      name,
    )
  }
  t.ok(parseSchedule(week({ 3: quarters.slice(0, 96) })), '96 are taken')
})

t.test('the form of the wire is its own form', async () => {
  const entry = fc.record({
    time: fc.integer({ min: 0, max: 86_399 }),
    temp: fc.double({ min: 4.5, max: 32, noNaN: true }),
  })
  const day = fc.uniqueArray(entry, { selector: ({ time }) => time, maxLength: 96 })
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('0', '1', '2', '3', '4', '5', '6'), day), (days) => {
      const once = parseSchedule({ days }) as JsonObject
      const twice = parseSchedule(once)
      const sorted = Object.values(isObject(once.days) ? once.days : {}).every((one) => {
        const times = Object.values(one as JsonObject).map((e) => Number((e as JsonObject).time))
        return times.every((time, i) => i === 0 || time > Number(times[i - 1]))
      })
      const kept = Object.values(days).reduce((n, list) => n + list.length, 0)
      const left = scheduleOverview(once).reduce((n, { lines }) => n + lines.length, 0)
      return sorted && kept === left && JSON.stringify(once) === JSON.stringify(twice)
    }),
    { numRuns: 50 },
  )
})
