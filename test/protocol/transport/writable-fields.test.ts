import fc from 'fast-check'
import t from 'tap'
import { DEVICE_SETTINGS } from '../../../src/protocol/commands/device-settings.ts'
import {
  isServerWritable,
  recoverable,
  serverWritable,
} from '../../../src/protocol/transport/writable-fields.ts'
import { upload } from '../../helpers/uploads.ts'
import { DEVICE, SCHEDULE, SERIAL, SHARED } from '../make.ts'

const { shared, device, schedule } = upload('display-5.9.4')
const HALF_HOUR_MS = 30 * 60_000

t.test('the fields that the server may write (section 6)', async (t) => {
  const cases: [string, string, boolean][] = [
    [SHARED, 'target_temperature', true],
    [SHARED, 'target_temperature_high', true],
    [SHARED, 'target_temperature_low', true],
    [SHARED, 'target_temperature_type', true],
    [SHARED, 'target_change_pending', true],
    [SHARED, 'schedule_mode', true],
    [SHARED, 'touched_by', true],
    [SHARED, 'name', true],
    [SHARED, 'current_temperature', false],
    [SHARED, 'can_heat', false],
    [SHARED, 'hvac_heater_state', false],
    [SHARED, 'auto_away', false],
    [DEVICE, 'away_temperature_high', true],
    [DEVICE, 'away_temperature_low_enabled', true],
    [DEVICE, 'lower_safety_temp', true],
    [DEVICE, 'temperature_lock', true],
    [DEVICE, 'fan_timer_timeout', true],
    [DEVICE, 'fan_timer_duration', true],
    [DEVICE, 'learning_mode', true],
    [DEVICE, 'eco', true],
    [DEVICE, 'eco_mode', true],
    [DEVICE, 'current_schedule_mode', true],
    [DEVICE, 'current_humidity', false],
    [DEVICE, 'has_fan', false],
    [DEVICE, 'hvac_wires', false],
    [DEVICE, 'battery_level', false],
    [DEVICE, 'constructor', false],
    ['structure.default', 'manual_eco_all', true],
    ['user.homeassistant', 'name', true],
    [SCHEDULE, 'days', true],
    [`device_alert_dialog.${SERIAL}`, 'dialog_id', true],
    ['where.default', 'wheres', false],
    [`message.${SERIAL}`, 'anything', false],
    [`unheard_of.${SERIAL}`, 'anything', false],
  ]
  for (const [objectKey, field, may] of cases) {
    t.equal(isServerWritable(objectKey, field), may, `${objectKey} ${field}`)
  }
})

t.test('no setting is a sensor, a capability or a state', async (t) => {
  for (const field of Object.keys(DEVICE_SETTINGS)) {
    t.notMatch(field, /^(has_|can_|hvac_|current_|battery)|_state$|_active$/, field)
  }
})

t.test('a thermostat that lost its memory gets its settings back, but no sensors', async (t) => {
  const forms = { eco_mode: 'manual-eco', current_schedule_mode: 'HEAT' }
  const back = recoverable(DEVICE, { ...device, ...forms }, 0) ?? {}
  t.match(back, {
    away_temperature_high: 24.44444,
    away_temperature_low: 10,
    learning_mode: true,
    temperature_scale: 'F',
  })
  const notBack = [
    'eco',
    'fan_timer_timeout',
    'fan_timer_duration',
    'current_humidity',
    'has_fan',
    'local_ip',
  ]
  for (const field of [...notBack, ...Object.keys(forms)]) {
    t.notOk(Object.hasOwn(back, field), field)
  }
  t.equal(
    recoverable(DEVICE, { hot_water_boost_time_to_end: 1 }, 0),
    undefined,
    'a past boost is not sent again',
  )
})

t.test('D4: setpoints and mode are sent back for half an hour only', async (t) => {
  const fresh = {
    target_temperature: 19,
    target_temperature_high: 24,
    target_temperature_low: 20,
    target_temperature_type: 'heat',
    schedule_mode: 'HEAT',
    name: '',
  }
  t.strictSame(recoverable(SHARED, shared, 0), fresh)
  t.strictSame(recoverable(SHARED, shared, HALF_HOUR_MS), fresh)
  const stale = { schedule_mode: 'HEAT', name: '' }
  t.strictSame(recoverable(SHARED, shared, HALF_HOUR_MS + 1), stale)
  t.strictSame(recoverable(SHARED, shared, -1), stale, 'the clock was set back')
  t.strictSame(recoverable(SHARED, shared, Number.NaN), stale, 'an unknown age counts as old')
})

t.test('a structure is sent back without its eco commands', async (t) => {
  t.strictSame(
    recoverable(
      'structure.default',
      {
        name: 'Home',
        devices: [SERIAL],
        manual_eco_all: true,
        manual_eco_timestamp: 1,
        away: false,
      },
      0,
    ),
    { name: 'Home', devices: [SERIAL] },
  )
})

t.test('schedule and user are sent back whole, at any age', async (t) => {
  t.strictSame(recoverable(SCHEDULE, schedule, 1e12), schedule)
  t.strictSame(recoverable('user.homeassistant', { name: 'homeassistant' }, 1e12), {
    name: 'homeassistant',
  })
})

t.test('without a field to send back the result is undefined', async (t) => {
  t.equal(recoverable('where.default', { wheres: [] }, 0), undefined)
  t.equal(recoverable(`tou.${SERIAL}`, { a: 1 }, 0), undefined)
  t.equal(recoverable(DEVICE, { current_humidity: 40 }, 0), undefined)
  t.equal(recoverable(SHARED, { target_temperature: 20 }, HALF_HOUR_MS * 2), undefined)
  t.equal(recoverable('structure.default', { away: false }, 0), undefined)
  t.equal(recoverable(SCHEDULE, {}, 0), undefined)
})

t.test('only fields that the server may write are sent back', async () => {
  const field = fc.constantFrom(...Object.keys(shared), ...Object.keys(device), 'eco', 'away')
  const key = fc.constantFrom(SHARED, DEVICE, SCHEDULE, 'structure.default', 'where.x')
  fc.assert(
    fc.property(key, fc.dictionary(field, fc.integer()), fc.double(), (objectKey, value, ageMs) => {
      const may = serverWritable(objectKey, value)
      return Object.entries(recoverable(objectKey, value, ageMs) ?? {}).every(
        ([name, one]) => may[name] === one,
      )
    }),
  )
})
