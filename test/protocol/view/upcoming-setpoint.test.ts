import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { zoneOffsetS } from '../../../src/protocol/view/time-zone.ts'
import { upcomingSetpoint, upcomingText } from '../../../src/protocol/view/upcoming-setpoint.ts'
import { bucket, SCHEDULE, view } from '../make.ts'

const daily = (fields: JsonObject, mode = 'HEAT') =>
  bucket(SCHEDULE, {
    schedule_mode: mode,
    days: Object.fromEntries(
      [0, 1, 2, 3, 4, 5, 6].map((day) => [
        day,
        { 0: { type: mode, time: 7 * 3600, entry_type: 'setpoint', ...fields } },
      ]),
    ),
  })
const WEEK = daily({ temp: 20 })

/** A Friday, 18:00 in Berlin; on Sunday daylight saving begins there. */
const FRIDAY_MS = Date.UTC(2024, 2, 29, 17)
const inBerlin = { time_zone: 'Europe/Berlin', can_heat: true }
const nextOf = (
  mode: string | undefined,
  over: { schedule?: typeof WEEK; structure?: JsonObject; nowMs?: number } = {},
) =>
  upcomingSetpoint(
    view({
      schedule: WEEK,
      structure: {},
      nowMs: FRIDAY_MS,
      ...over,
      device: inBerlin,
      shared: mode === undefined ? {} : { target_temperature_type: mode },
      localOffsetS: () => 0,
    }),
  )

t.test('the next setpoint is told by the clock of the thermostat', async (t) => {
  t.same(nextOf('heat'), { at: '2024-03-30T06:00:00.000Z', temperature: 20 })
  t.same(nextOf('emergency'), { at: '2024-03-30T06:00:00.000Z', temperature: 20 })
  const range = daily({ 'temp-min': 19, 'temp-max': 24 }, 'RANGE')
  t.match(nextOf('range', { schedule: range }), { low: 19, high: 24 })
})

t.test('it has words for people, by the clock and in the unit of the thermostat', async (t) => {
  const textOf = (device: JsonObject, schedule = WEEK, mode = 'heat') =>
    upcomingText(
      view({
        schedule,
        structure: {},
        nowMs: FRIDAY_MS,
        device: { ...inBerlin, ...device },
        shared: { target_temperature_type: mode },
        localOffsetS: () => 0,
      }),
    )
  t.equal(textOf({}), '20 °C on Saturday at 07:00')
  t.equal(textOf({ temperature_scale: 'F' }), '68 °F on Saturday at 07:00')
  const range = daily({ 'temp-min': 19.5, 'temp-max': 24 }, 'RANGE')
  t.equal(textOf({}, range, 'range'), '19.5–24 °C on Saturday at 07:00')
  t.equal(textOf({}, WEEK, 'off'), undefined)
})

t.test('it is right on the day on which daylight saving begins', async (t) => {
  const saturday = FRIDAY_MS + 86_400_000
  t.equal(zoneOffsetS('Europe/Berlin', saturday + 86_400_000), 7200)
  t.match(nextOf('heat', { nowMs: saturday }), { at: '2024-03-31T05:00:00.000Z' })
})

t.test('there is none where no schedule counts', async (t) => {
  t.equal(nextOf('off'), undefined)
  t.equal(nextOf('cool'), undefined)
  t.equal(nextOf(undefined), undefined)
  t.equal(nextOf('heat', { structure: { manual_eco_all: true } }), undefined)
  t.equal(nextOf('heat', { schedule: bucket(SCHEDULE, { days: {} }) }), undefined)
})
