import fc from 'fast-check'
import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { deviceStatus, filledIn } from '../../../src/protocol/view/device-status.ts'
import { deviceName } from '../../../src/protocol/view/device-view.ts'
import { isAutoAway, isEco, isEcoStatus } from '../../../src/protocol/view/eco-state.ts'
import { NOW_MS, NOW_S, SERIAL, view } from '../make.ts'

const SEEN = { isAvailable: true, lastSeenMs: NOW_MS }

t.test('the status has the fields of section 9 in their order', async (t) => {
  const status = deviceStatus(view(), SEEN)
  const expected = {
    serial: SERIAL,
    is_available: true,
    last_seen: '2024-02-05T16:00:00.000Z',
    name: 'Living Room',
    current_temperature: 20.4,
    target_temperature: 19,
    target_temperature_high: 24,
    target_temperature_low: 20,
    humidity: 47,
    target_humidity: 35,
    target_humidity_enabled: false,
    mode: 'heat',
    hvac: {
      heater: true,
      heat_x2: false,
      heat_x3: false,
      ac: false,
      cool_x2: false,
      cool_x3: false,
      fan: true,
      aux_heat: false,
      emer_heat: false,
      alt_heat: false,
      humidifier: false,
      dehumidifier: false,
      auto_dehum: false,
      fan_cooling: false,
    },
    fan_timer_active: false,
    fan_timer_timeout: 0,
    eco_temperatures: { high: 24.44444, low: 10 },
    is_online: true,
    has_leaf: false,
    software_version: '5.9.4-5',
    temperature_scale: 'F',
    capabilities: {
      can_heat: true,
      can_cool: true,
      has_fan: true,
      has_emer_heat: false,
      has_humidifier: false,
      has_dehumidifier: false,
    },
    eco_mode: 'schedule',
    eco_target: null,
    time_to_target: 0,
    time_to_target_training_status: 'ready',
    safety_state: 'none',
    safety_temp_activating_hvac: false,
    learning_mode: true,
    preconditioning_enabled: true,
    backplate_temperature: 20.61,
    local_ip: '192.0.2.24',
    mac_address: '18b430000004',
    structure_id: 'default',
    away: false,
    schedule_mode: 'HEAT',
    can_heat: true,
    can_cool: true,
    api_key: '',
  }
  t.strictSame(status, expected)
  t.strictSame(Object.keys(status), Object.keys(expected), 'in this order')
})

t.test('a thermostat nothing is known of has every field all the same', async (t) => {
  const empty = view({ shared: {}, device: {}, structure: {}, schedule: undefined })
  const status = deviceStatus(empty, { isAvailable: false, lastSeenMs: null })
  t.strictSame(Object.keys(status), Object.keys(deviceStatus(view(), SEEN)))
  t.match(status, {
    last_seen: null,
    name: SERIAL,
    current_temperature: null,
    target_temperature: null,
    humidity: null,
    target_humidity_enabled: false,
    mode: null,
    fan_timer_active: false,
    fan_timer_timeout: 0,
    eco_temperatures: { high: null, low: null },
    is_online: false,
    temperature_scale: 'C',
    capabilities: { can_heat: true, can_cool: true, has_fan: false, has_emer_heat: false },
    eco_mode: null,
    away: false,
    schedule_mode: null,
  })
})

t.test(
  'the mode is null while it is not known, and the schedule mode comes in either form',
  async (t) => {
    const status = (shared: JsonObject, device: JsonObject) =>
      deviceStatus(view({ shared, device }), SEEN)
    t.equal(status({ target_temperature_type: '' }, {}).mode, null)
    t.equal(status({}, { target_temperature_type: 'cool' }).mode, 'cool')
    t.equal(status({}, { current_schedule_mode: 'HEAT' }).schedule_mode, 'HEAT')
    t.equal(
      status({ schedule_mode: 'COOL' }, { current_schedule_mode: 'HEAT' }).schedule_mode,
      'COOL',
    )
  },
)

t.test('for existing apps, fields that were not reported are not null', async (t) => {
  const status = (shared: JsonObject, device: JsonObject) =>
    filledIn(deviceStatus(view({ shared, device }), SEEN))
  t.match(status({ current_temperature: 19.7 }, { battery_level: 3.75 }), {
    humidity: 0,
    target_humidity: 0,
    fan_timer_timeout: 0,
    time_to_target: 0,
    software_version: '',
    backplate_temperature: 19.7,
    target_temperature: 19.7,
    mode: null,
    api_key: '',
  })
  const range = {
    target_temperature_type: 'range',
    target_temperature_low: 19,
    target_temperature_high: 24,
  }
  t.equal(status(range, {}).target_temperature, 21.5, 'the middle of the range')
  t.equal(status({ ...range, target_temperature: 0 }, {}).target_temperature, 0, 'zero is a value')
  const told = deviceStatus(view(), SEEN)
  t.strictSame(filledIn(told), told, 'what was reported stays')
})

t.test('zero is a value', async (t) => {
  const shared = { current_temperature: 0, target_temperature: 0, target_temperature_low: 0 }
  const device = { current_temperature: 21, target_temperature: 21, current_humidity: 0 }
  t.match(deviceStatus(view({ shared, device }), SEEN), {
    current_temperature: 0,
    target_temperature: 0,
    target_temperature_low: 0,
    humidity: 0,
  })
})

t.test('away while the structure says manual_eco_all or away', async (t) => {
  const cases: [JsonObject, boolean][] = [
    [{}, false],
    [{ manual_eco_all: true }, true],
    [{ away: true }, true],
    [{ manual_eco_all: false, away: false }, false],
    [{ manual_eco_all: false, away: true }, true],
  ]
  for (const [structure, away] of cases) {
    t.equal(deviceStatus(view({ structure }), SEEN).away, away, JSON.stringify(structure))
  }
})

t.test('in eco by command, or by what the thermostat reports', async (t) => {
  const cases: [structure: JsonObject, device: JsonObject, eco: boolean][] = [
    [{}, {}, false],
    [{}, { eco: { mode: 'schedule' } }, false],
    [{}, { eco: { mode: 'manual-eco' } }, true],
    [{}, { eco: { mode: 'auto-eco' } }, true],
    [{ manual_eco_all: true }, { eco: { mode: 'schedule' } }, true],
    [{ away: true }, {}, true],
    [{}, { leaf: true, auto_away: 1 }, false],
  ]
  for (const [structure, device, eco] of cases) {
    const seen = view({ structure, device })
    t.equal(isEco(seen), eco, JSON.stringify([structure, device]))
    t.equal(isEcoStatus(deviceStatus(seen, SEEN)), eco, 'its status says the same')
  }
  t.ok(isAutoAway(view({ shared: { auto_away: 1 } })))
  t.notOk(isAutoAway(view({ device: { auto_away: 0 } })))
})

t.test('the fan timer is active until its time', async (t) => {
  const active = (timeoutS: number) =>
    deviceStatus(view({ device: { fan_timer_timeout: timeoutS } }), SEEN).fan_timer_active
  t.equal(active(NOW_S + 1), true)
  t.equal(active(NOW_S), false)
  t.equal(active(0), false)
})

t.test('online is a thermostat that is reachable and does not say otherwise', async (t) => {
  const online = (device: JsonObject, isAvailable: boolean) =>
    deviceStatus(view({ device }), { isAvailable, lastSeenMs: null }).is_online
  t.equal(online({ is_online: true }, false), false, 'what it said before it went')
  t.equal(online({ is_online: false }, true), false)
  t.equal(online({}, true), true)
  t.equal(online({}, false), false)
})

t.test('capabilities come from shared, then device', async (t) => {
  const shared = { can_cool: false, has_fan: true }
  const device = { can_cool: true, has_fan: false, has_emer_heat: true, can_heat: false }
  const { capabilities, can_heat, can_cool } = deviceStatus(view({ shared, device }), SEEN)
  t.match(capabilities, { can_heat: false, can_cool: false, has_fan: true, has_emer_heat: true })
  t.strictSame([can_heat, can_cool], [false, false])
})

t.test('the name: given here, label, name, room, serial', async (t) => {
  const room = '00000000-0000-0000-0000-00010000000'
  const where = { 'where.default': { wheres: [{ where_id: 'abc', name: 'Sauna' }] } }
  const cases: [string, Parameters<typeof view>[0], string][] = [
    [
      'given here first',
      { shared: { label: 'Up', name: 'Name' }, givenName: { name: 'Den', former: 'Name' } },
      'Den',
    ],
    ['then label', { shared: { label: 'Up', name: 'Name' } }, 'Up'],
    ['then name', { shared: { label: ' ', name: 'Hall' } }, 'Hall'],
    [
      'then the room of a where bucket',
      { shared: {}, device: { where_id: 'abc' }, where },
      'Sauna',
    ],
    ['then a fixed room', { shared: {}, device: { where_id: `${room}a` } }, 'Kitchen'],
    ['in capitals too', { shared: {}, device: { where_id: `${room}F` } }, 'Upstairs'],
    ['entryway', { shared: {}, device: { where_id: `${room}0` } }, 'Entryway'],
    [
      'dining room',
      { shared: {}, device: { where_id: '00000000-0000-0000-0000-000100000010' } },
      'Dining Room',
    ],
    [
      'a where bucket may rename a fixed room',
      {
        shared: {},
        device: { where_id: `${room}1` },
        where: { 'where.x': { wheres: [null, { where_id: `${room}1`, name: 'Cellar' }] } },
      },
      'Cellar',
    ],
    ['an unknown room', { shared: {}, device: { where_id: `${room}8` } }, SERIAL],
    ['a broken where bucket', { shared: {}, device: {}, where: { 'where.x': {} } }, SERIAL],
  ]
  for (const [name, over, expected] of cases) t.equal(deviceName(view(over)), expected, name)
})

t.test('whatever a thermostat sends, the status keeps its shape', async () => {
  const keys = Object.keys(deviceStatus(view(), SEEN)).join()
  const anything = fc.dictionary(
    fc.constantFrom(...Object.keys(view().shared), ...Object.keys(view().device), 'label'),
    fc.jsonValue(),
  )
  fc.assert(
    fc.property(anything, anything, (a, b) => {
      // fc.jsonValue is JSON, told as unknown
      const shared = JSON.parse(JSON.stringify(a)) as JsonObject
      const device = JSON.parse(JSON.stringify(b)) as JsonObject
      const status = deviceStatus(view({ shared, device }), SEEN)
      return Object.keys(status).join() === keys && typeof status.name === 'string'
    }),
  )
})
