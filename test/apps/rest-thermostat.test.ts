import t, { type Test } from 'tap'
import { isObject, type JsonObject } from '../../src/protocol/bucket.ts'
import { SERIAL, startHome } from '../helpers/home.ts'
import { away, fan, mode, range, setpoint, wish } from './wishes.ts'

// RestThermostat, an app for phones. It reads each field as one type and shows no thermostat at all when a
// single field is of another one or null.
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  string: ['serial', 'api_key', 'last_seen', 'mode', 'software_version', 'temperature_scale'],
  boolean: [
    'is_available',
    'is_online',
    'target_humidity_enabled',
    'fan_timer_active',
    'has_leaf',
    'away',
  ],
  number: ['current_temperature', 'target_temperature', 'target_humidity', 'backplate_temperature'],
  integer: ['humidity', 'fan_timer_timeout', 'time_to_target', 'subscription_count'],
}
const HVAC = [
  ...['heater', 'heat_x2', 'heat_x3', 'ac', 'cool_x2', 'cool_x3', 'fan', 'aux_heat', 'emer_heat'],
  ...['alt_heat', 'humidifier', 'dehumidifier', 'auto_dehum', 'fan_cooling'],
]
const CAPABILITIES = [
  ...['can_heat', 'can_cool', 'has_fan', 'has_emer_heat', 'has_humidifier', 'has_dehumidifier'],
]

function readsAsTheApp(t: Test, device: JsonObject): void {
  for (const [type, fields] of Object.entries(FIELDS)) {
    for (const field of fields) {
      const value = device[field]
      const found = type === 'integer' && Number.isInteger(value) ? 'integer' : typeof value
      t.equal(found, type, field)
    }
  }
  t.equal(device.api_key, '')
  t.ok(Number.isFinite(Date.parse(String(device.last_seen))))
  t.match(device.mode, /^(off|heat|cool|heat-cool|range|emergency)$/)
  t.match(device.hvac, Object.fromEntries(HVAC.map((each) => [each, Boolean])))
  t.match(device.capabilities, Object.fromEntries(CAPABILITIES.map((each) => [each, Boolean])))
  t.match(device.eco_temperatures, { high: Number, low: Number })
}

t.test('RestThermostat reads every field, polls and commands', async (t) => {
  const home = await startHome(t)
  const thermostat = await home.paired({ name: 'Hallway' })
  // A reverse proxy may want a password; nle takes no notice of it.
  const headers = { authorization: `Basic ${btoa('me:secret')}` }
  const devices = async () => {
    const { body } = await home.ask('GET', '/api/devices', undefined, headers)
    return body.devices as JsonObject[]
  }
  const [device = {}] = await devices()
  readsAsTheApp(t, device)

  await wish(t, home, thermostat, headers, [
    setpoint,
    mode('heat-cool', 'range'),
    range,
    fan(900, (untilS) => untilS > 0),
    // The app knows by `eco_mode` that the home is away.
    away(true),
  ])
  home.clock.advance(15_000)
  await thermostat.waitFor('it to be told', ({ unsettled }) => !unsettled)
  const [now = {}] = await devices()
  readsAsTheApp(t, now)
  t.match(now, { mode: 'range', eco_mode: 'manual-eco', fan_timer_active: true })
})

t.test('RestThermostat reads and replaces the schedule', async (t) => {
  const home = await startHome(t)
  await home.paired()
  const event = { time: 25_200, type: 'HEAT', entry_type: 'setpoint', temp: 20.5 }
  const days = Object.fromEntries(
    Array.from({ length: 7 }, (_, day) => [String(day), day === 0 ? { 0: event } : {}]),
  )
  const value = { ver: 2, schedule_mode: 'HEAT', name: 'Current Schedule', days }
  for (const [command, sent] of [
    ['set_schedule_mode', 'HEAT'],
    ['set_schedule', value],
  ]) {
    const { status } = await home.ask('POST', '/command', { serial: SERIAL, command, value: sent })
    t.equal(status, 200)
  }
  const { body } = await home.ask('GET', `/api/schedule?serial=${SERIAL}`)
  t.ok(isObject(body.schedule))
  t.match(body.schedule, { ver: 2, schedule_mode: 'HEAT', days: { 0: { 0: event } } })
  // Its first versions ask here, and take 404 for no schedule.
  t.equal((await home.ask('GET', `/api/devices/${SERIAL}/schedule`)).status, 404)
})

t.test('RestThermostat is spared a thermostat that has not told its state', async (t) => {
  const home = await startHome(t)
  await home.ask('GET', '/health')
  const calls = `${home.server.deviceUrl}/nest/entry`
  await fetch(calls, { headers: { authorization: `Basic ${btoa(`nest.${SERIAL}:aaaaaaaa`)}` } })
  t.strictSame((await home.ask('GET', '/api/devices')).body, { devices: [], total: 0 })
  t.match((await home.ask('GET', '/api/devices?all=1')).body, { devices: [{ serial: SERIAL }] })
})
