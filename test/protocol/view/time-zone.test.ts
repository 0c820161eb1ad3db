import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import {
  thermostatOffset,
  timeZoneWarning,
  zoneOffsetS,
} from '../../../src/protocol/view/time-zone.ts'
import { NOW_MS, NOW_S, view } from '../make.ts'

const HOUR_S = 3600
const SUMMER_MS = Date.UTC(2024, 6, 1)

t.test('the offset of a time zone at an instant', async (t) => {
  const cases: [string, number, number | undefined][] = [
    ['Europe/Berlin', NOW_MS, HOUR_S],
    ['Europe/Berlin', SUMMER_MS, 2 * HOUR_S],
    ['America/New_York', NOW_MS, -5 * HOUR_S],
    ['Asia/Kolkata', NOW_MS, 5.5 * HOUR_S],
    ['America/St_Johns', NOW_MS, -3.5 * HOUR_S],
    ['UTC', NOW_MS, 0],
    ['PST8PDT', NOW_MS, -8 * HOUR_S],
    ['Mars/Olympus_Mons', NOW_MS, undefined],
    ['', NOW_MS, undefined],
    ['x'.repeat(10_000), NOW_MS, undefined],
  ]
  for (const [zone, atMs, expected] of cases) {
    t.equal(zoneOffsetS(zone, atMs), expected, zone.slice(0, 30))
  }
})

t.test(
  'the offset of a thermostat: its zone, its last note, else that of the server',
  async (t) => {
    const berlin = (atMs: number): number => zoneOffsetS('Europe/Berlin', atMs) ?? 0
    const offset = (device: JsonObject, atMs = NOW_MS) =>
      thermostatOffset(
        view({ shared: {}, device, structure: {}, schedule: undefined }),
        berlin,
      )(atMs)
    const noted = {
      touched_by: { touched_by: 2, touched_at: NOW_S - 60, touched_tzo: -5 * HOUR_S },
    }
    t.equal(offset({ time_zone: 'America/New_York' }), -5 * HOUR_S)
    t.equal(offset({ time_zone: 'America/New_York' }, SUMMER_MS), -4 * HOUR_S)
    t.equal(offset(noted), -5 * HOUR_S)
    t.equal(offset(noted, SUMMER_MS), -4 * HOUR_S, 'summer time as at the server')
    t.equal(offset({}), HOUR_S)
    t.equal(offset({ time_zone: 'Mars/Olympus_Mons' }), HOUR_S)
  },
)

t.test('warns when the thermostat and the server have different times of day', async (t) => {
  /** The server is in Berlin, in winter and in summer. */
  const berlin = (atMs: number): number => zoneOffsetS('Europe/Berlin', atMs) ?? 0
  const warningFor = (device: JsonObject, structure: JsonObject = {}, nowMs = NOW_MS) =>
    timeZoneWarning(view({ shared: {}, device, structure, nowMs, schedule: undefined }), berlin)
  const touch = (atS: number, offsetS: number, by = 2) => ({
    touched_by: { touched_by: by, touched_at: atS, touched_tzo: offsetS, touched_user_id: '' },
  })
  t.equal(
    warningFor({ time_zone: 'America/New_York' }),
    "its clock runs in UTC-05:00 and the server's in UTC+01:00: schedules follow the thermostat's",
  )
  t.match(warningFor({}, { time_zone: 'Asia/Kolkata' }), /UTC\+05:30/)
  t.match(warningFor({ time_zone: 'UTC' }), /in UTC and/)
  t.match(warningFor(touch(NOW_S - 60, -5 * HOUR_S)), /UTC-05:00/)
  t.match(
    warningFor({ time_zone: 'Europe/London', ...touch(NOW_S, HOUR_S) }),
    /in UTC and/,
    'the name counts',
  )

  const agreeing: [string, string | null][] = [
    ['another name for the same time', warningFor({ time_zone: 'Africa/Lagos' })],
    ['the same zone in summer', warningFor({ time_zone: 'Europe/Paris' }, {}, SUMMER_MS)],
    ['nothing is known', warningFor({})],
    ['an unknown name', warningFor({ time_zone: 'Mars/Olympus_Mons' })],
    ['a note of the same offset', warningFor(touch(NOW_S - 60, HOUR_S))],
    [
      'a note from before summer time',
      warningFor(touch(Date.UTC(2024, 2, 30) / 1000, HOUR_S), {}, Date.UTC(2024, 3, 1)),
    ],
    ['a note of years ago', warningFor(touch(NOW_S - 10 ** 8, -5 * HOUR_S))],
    ['a note that a command made', warningFor(touch(NOW_S - 60, -5 * HOUR_S, 3))],
    ['no text', warningFor({ time_zone: 7 })],
  ]
  for (const [name, warning] of agreeing) t.equal(warning, null, name)
})
