import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { nextSetpoint } from '../../../src/protocol/schedule/next-setpoint.ts'

const HOUR_S = 3600
/** A Monday, 15:00. */
const MONDAY_MS = Date.UTC(2024, 1, 5, 15)

const at = (hours: number, temp: number, entry_type = 'setpoint') => ({
  type: 'HEAT',
  time: hours * HOUR_S,
  entry_type,
  temp,
})
const week = (days: JsonObject): JsonObject => ({ schedule_mode: 'HEAT', days })

t.test('the next setpoint is the first one after now, today or later', async (t) => {
  const schedule = week({ 0: { 0: at(7, 20), 1: at(22, 17) }, 1: { 0: at(6, 21) } })
  const next = (localMs: number) => nextSetpoint(schedule, localMs)
  t.same(next(MONDAY_MS), { localMs: Date.UTC(2024, 1, 5, 22), temps: [17] })
  t.same(next(Date.UTC(2024, 1, 5, 22)), { localMs: Date.UTC(2024, 1, 6, 6), temps: [21] })
  t.same(next(Date.UTC(2024, 1, 7)), { localMs: Date.UTC(2024, 1, 12, 7), temps: [20] })
})

t.test('the only setpoint of a week comes again a week later', async (t) => {
  const schedule = week({ 0: [at(7, 20)] })
  t.same(nextSetpoint(schedule, MONDAY_MS), { localMs: Date.UTC(2024, 1, 12, 7), temps: [20] })
})

t.test('an entry that continues the day before is no setpoint', async (t) => {
  const schedule = week({ 1: { 0: at(0, 20, 'continuation'), 1: at(8, 21) } })
  t.match(nextSetpoint(schedule, MONDAY_MS), { localMs: Date.UTC(2024, 1, 6, 8), temps: [21] })
})

t.test('a range has two temperatures, an empty week none', async (t) => {
  const range = { type: 'RANGE', time: 0, entry_type: 'setpoint', 'temp-min': 19, 'temp-max': 24 }
  t.match(nextSetpoint(week({ 2: { 0: range } }), MONDAY_MS), { temps: [19, 24] })
  t.equal(nextSetpoint(week({}), MONDAY_MS), undefined)
  t.equal(nextSetpoint({}, MONDAY_MS), undefined)
})
