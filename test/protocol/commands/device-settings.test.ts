import t from 'tap'
import {
  DEVICE_SETTINGS,
  SETTING_GROUPS,
  settingsOf,
} from '../../../src/protocol/commands/device-settings.ts'
import { upload } from '../../helpers/uploads.ts'

t.test('every setting is in one group, and each group has a name of its own', async (t) => {
  const fields = SETTING_GROUPS.flatMap(({ settings }) => Object.keys(settings))
  t.same(fields.toSorted(), Object.keys(DEVICE_SETTINGS).toSorted())
  t.equal(new Set(SETTING_GROUPS.map(({ name }) => name)).size, SETTING_GROUPS.length)
})

t.test('a thermostat has the settings that it reports and has the equipment for', async (t) => {
  const plain = settingsOf(upload('display-5.9.4').device)
  t.type(plain.learning_mode, 'boolean')
  t.notOk(Object.hasOwn(plain, 'hot_water_mode'), 'reported, but there is no hot water')
  t.ok(Object.hasOwn(settingsOf(upload('heat-link-5.9.3').device), 'hot_water_mode'))
  t.ok(Object.hasOwn(settingsOf(upload('heat-pump-5.9.4').device), 'heat_pump_aux_threshold'))
  t.ok(Object.hasOwn(settingsOf(upload('humidity-5.9.4').device), 'target_humidity'))
})

t.test('what no thermostat told is left out, and so are sensors and secrets', async (t) => {
  t.same(settingsOf({}), {})
  t.same(settingsOf({ learning_mode: null, current_humidity: 40 }), {})
  t.same(settingsOf({ temperature_lock_pin_hash: 'a1b2', temperature_lock: true }), {
    temperature_lock: true,
  })
  t.same(
    settingsOf({ fan_mode: 'auto' }),
    { fan_mode: 'auto' },
    'wiring that is not known may be there',
  )
})
