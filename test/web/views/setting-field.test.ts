import t from 'tap'
import {
  DEVICE_SETTINGS,
  type DeviceSetting,
  SETTING_GROUPS,
  settingsOf,
} from '../../../src/protocol/commands/device-settings.ts'
import { planCommand } from '../../../src/protocol/commands/plan-command.ts'
import {
  entered,
  fieldFor,
  labelIn,
  rangeText,
  textIn,
  valueText,
} from '../../../src/web/views/device/setting-field.ts'
import { upload, uploads } from '../../helpers/uploads.ts'
import { view } from '../../protocol/make.ts'

function named(field: string): DeviceSetting {
  const setting = DEVICE_SETTINGS[field]
  if (setting === undefined) throw new Error(`${field} is no setting`)
  return setting
}

t.test('a temperature is entered in the unit of the thermostat, within its limits', async (t) => {
  const celsius = fieldFor(named('away_temperature_low'), 'C')
  t.equal(rangeText(celsius), '4.5 to 21 °C')
  t.same(entered(celsius, '17,5'), { value: 17.5 })
  t.same(entered(celsius, '30'), { wrong: 'Only 4.5 to 21 °C.' })
  t.same(entered(celsius, 'warm'), { wrong: 'Only 4.5 to 21 °C.' })
  t.same(entered(celsius, ''), { wrong: 'Only 4.5 to 21 °C.' })
  const fahrenheit = fieldFor(named('away_temperature_low'), 'F')
  t.equal(rangeText(fahrenheit), '41 to 69 °F')
  t.same(entered(fahrenheit, '64'), { value: 17.78 })
  t.equal(textIn(fahrenheit, 17.78), '64')
})

t.test('times are entered as people write them', async (t) => {
  const time = fieldFor(named('fan_duty_start_time'), 'C')
  t.same(entered(time, '06:30'), { value: 23_400 })
  t.equal(textIn(time, 23_400), '06:30')
  t.match(entered(time, ''), { wrong: 'Enter a time of day.' })
  const day = fieldFor(named('filter_changed_date'), 'C')
  const { value } = entered(day, '2026-03-04') as { value: number }
  t.equal(textIn(day, value), '2026-03-04')
  t.equal(textIn(day, 0), '', 'never')
  const lasts = fieldFor(named('filter_replacement_threshold_sec'), 'C')
  t.equal(textIn(lasts, 4_320_000), '1200')
  t.same(entered(lasts, '1200'), { value: 4_320_000 })
  t.equal(valueText(named('fan_timer_duration'), 900, 'C'), '15 min')
})

t.test('whatever fits on the page, the server takes', async (t) => {
  for (const scale of ['C', 'F'] as const) {
    for (const [name, setting] of Object.entries(DEVICE_SETTINGS)) {
      const field = fieldFor(setting, scale)
      if (field.kind !== 'number') continue
      for (const shown of [field.min, field.max]) {
        const { value } = entered(field, String(shown)) as { value: number }
        t.doesNotThrow(
          () =>
            planCommand('set_device_setting', { [name]: value }, view({ device: {} }), 'person'),
          `${name} ${shown}${field.unit}`,
        )
      }
    }
  }
})

t.test('what real thermostats report can be shown, and is what is sent back', async (t) => {
  for (const { name, device } of uploads()) {
    for (const [field, value] of Object.entries(settingsOf(device))) {
      t.type(valueText(named(field), value, 'C'), 'string', `${name}: ${field}`)
    }
  }
  const { device } = upload('display-5.9.4')
  const low = fieldFor(named('away_temperature_low'), 'C')
  t.not(textIn(low, device.away_temperature_low), '')
})

t.test('below the name of its group a label does not repeat it', async (t) => {
  t.equal(labelIn('Eco', named('away_temperature_low')), 'Heat below')
  t.equal(labelIn('', named('away_temperature_low')), 'Eco: heat below')
  for (const { name, settings } of SETTING_GROUPS) {
    const labels = Object.values(settings).map((setting) => labelIn(name, setting))
    t.equal(new Set(labels).size, labels.length, `the labels of ${name} differ`)
  }
  const all = Object.values(DEVICE_SETTINGS).map(({ label }) => label)
  t.equal(new Set(all).size, all.length)
})
