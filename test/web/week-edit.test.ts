import t from 'tap'
import {
  addSetpoint,
  beginEdit,
  changedDayNumbers,
  copyDay,
  discard,
  hasRoom,
  inMode,
  isChanged,
  moveSetpoint,
  redo,
  removeSetpoint,
  STEP_S,
  scheduleCommand,
  tempsAt,
  undo,
  type WeekEdit,
  warmer,
} from '../../src/web/views/schedule/week-edit.ts'

const HOUR = 3600
const SCHEDULE = {
  schedule_mode: 'HEAT',
  days: {
    0: { 0: { time: 6 * HOUR, temp: 21 }, 1: { time: 22 * HOUR, temp: 17 } },
    1: { 0: { time: 7 * HOUR, temp: 20 } },
  },
}
const begin = () => beginEdit(SCHEDULE, 'HEAT')
const monday = ({ now }: WeekEdit) => now.week[0]?.map(({ at, temps }) => [at / HOUR, ...temps])

t.test('begins with the week of the server, and has nothing to save', async (t) => {
  const edit = begin()
  t.match(monday(edit), [
    [6, 21],
    [22, 17],
  ])
  t.equal(isChanged(edit), false)
})

t.test('begins with an empty week in the mode of the thermostat', async (t) => {
  const edit = beginEdit(null, 'COOL')
  t.equal(edit.now.mode, 'COOL')
  const added = addSetpoint(edit, 2, 8 * HOUR)
  t.strictSame(added.place, { day: 2, index: 0 })
  t.match(added.edit.now.week[2], [{ at: 8 * HOUR, temps: [25] }])
})

t.test('moves a setpoint in time and temperature', async (t) => {
  const moved = moveSetpoint(begin(), { day: 0, index: 0 }, { at: 7 * HOUR, temps: [19.5] })
  t.strictSame(monday(moved), [
    [7, 19.5],
    [22, 17],
  ])
  t.strictSame(changedDayNumbers(moved), [0])
})

t.test('keeps a setpoint between its neighbours, a quarter of an hour apart', async (t) => {
  const late = moveSetpoint(begin(), { day: 0, index: 0 }, { at: 23 * HOUR })
  t.equal(late.now.week[0]?.[0]?.at, 22 * HOUR - STEP_S)
  const early = moveSetpoint(begin(), { day: 0, index: 0 }, { at: -HOUR })
  t.equal(early.now.week[0]?.[0]?.at, 0)
  const last = moveSetpoint(begin(), { day: 0, index: 1 }, { at: 30 * HOUR })
  t.equal(last.now.week[0]?.[1]?.at, 24 * HOUR - STEP_S)
})

t.test('keeps temperatures within what thermostats take', async (t) => {
  const at = { day: 0, index: 0 }
  t.strictSame(moveSetpoint(begin(), at, { temps: [40] }).now.week[0]?.[0]?.temps, [32])
  t.strictSame(moveSetpoint(begin(), at, { temps: [0] }).now.week[0]?.[0]?.temps, [4.5])
})

t.test('keeps the bounds of a range 1.5 degrees apart: the bound that moves stops', async (t) => {
  const range = beginEdit(
    { schedule_mode: 'RANGE', days: { 0: { 0: { time: 0, 'temp-min': 19, 'temp-max': 24 } } } },
    'RANGE',
  )
  const at = { day: 0, index: 0 }
  t.strictSame(moveSetpoint(range, at, { temps: [23.5, 24] }).now.week[0]?.[0]?.temps, [22.5, 24])
  t.strictSame(moveSetpoint(range, at, { temps: [19, 19.5] }).now.week[0]?.[0]?.temps, [19, 20.5])
})

t.test('adds a setpoint with the temperature that counts then', async (t) => {
  const { edit, place } = addSetpoint(begin(), 0, 12 * HOUR + 100)
  t.strictSame(monday(edit), [
    [6, 21],
    [12, 21],
    [22, 17],
  ])
  t.strictSame(place, { day: 0, index: 1 })
})

t.test('adds beside a setpoint when its time is taken', async (t) => {
  const { edit } = addSetpoint(begin(), 0, 6 * HOUR)
  t.match(monday(edit)?.[1], [6.25, 21])
})

t.test('adds in the middle of the longest stretch when no time is named', async (t) => {
  t.equal(addSetpoint(begin(), 0, undefined).edit.now.week[0]?.[1]?.at, 14 * HOUR)
})

t.test('adds nothing to a day that is full', async (t) => {
  let edit = begin()
  for (let i = 0; i < 40; i++) edit = addSetpoint(edit, 0, undefined).edit
  t.equal(edit.now.week[0]?.length, 24)
  t.equal(hasRoom(edit.now.week, 0), false)
  t.equal(addSetpoint(edit, 0, 0).place, undefined)
})

t.test('removes and copies', async (t) => {
  t.strictSame(monday(removeSetpoint(begin(), { day: 0, index: 0 })), [[22, 17]])
  const copied = copyDay(begin(), 0, [4, 5])
  t.strictSame(copied.now.week[5], copied.now.week[0])
  t.strictSame(changedDayNumbers(copied), [4, 5])
})

t.test('undoes and redoes step by step, and discards all at once', async (t) => {
  const one = removeSetpoint(begin(), { day: 0, index: 0 })
  const two = copyDay(one, 0, [6])
  t.strictSame(undo(two).now, one.now)
  t.equal(isChanged(undo(undo(two))), false)
  t.strictSame(redo(undo(two)).now, two.now)
  const none = discard(two)
  t.equal(isChanged(none), false)
  t.strictSame(undo(none).now, two.now)
})

t.test('a step that changes nothing cannot be undone', async (t) => {
  t.strictSame(moveSetpoint(begin(), { day: 0, index: 0 }, { at: 6 * HOUR }).past, [])
})

t.test('converts a week to another mode', async (t) => {
  const range = inMode(begin(), 'RANGE')
  t.strictSame(monday(range), [
    [6, 21, 25],
    [22, 17, 21],
  ])
  t.strictSame(monday(inMode(range, 'COOL')), [
    [6, 25],
    [22, 21],
  ])
  t.strictSame(monday(inMode(range, 'HEAT')), monday(begin()))
})

t.test('finds what counts before the first setpoint of a day', async (t) => {
  const { week } = begin().now
  t.strictSame(tempsAt(week, 1, 0), [17])
  // Nothing is set from Wednesday on: Tuesday goes on until Monday morning.
  t.strictSame(tempsAt(week, 0, 0), [20])
  t.equal(tempsAt([[], [], [], [], [], [], []], 3, 0), undefined)
})

t.test('warmer by the steps of the scale', async (t) => {
  t.equal(warmer(21, 1, 'C'), 21.5)
  t.equal(warmer(21.2, -1, 'C'), 20.5)
  t.equal(warmer(21.11, 1, 'F'), 21.67)
})

t.test('becomes one command', async (t) => {
  t.match(scheduleCommand(begin(), 'Winter'), {
    schedule_mode: 'HEAT',
    name: 'Winter',
    days: { 0: { 0: { time: 6 * HOUR, temp: 21 } }, 6: {} },
  })
  let empty = begin()
  for (const place of [0, 0, 1]) empty = removeSetpoint(empty, { day: place, index: 0 })
  t.strictSame(scheduleCommand(empty, null).days, {})
})
