import { Chalk } from 'chalk'
import t from 'tap'
import { deviceTable, modeText, targetText } from '../../../src/commands/format/device-table.ts'
import { clockTime } from '../../../src/commands/format/units.ts'

const NOW_MS = 1_760_000_000_000
const DEVICE = {
  serial: '02AA01AC31140KD6',
  name: 'Kitchen',
  is_available: true,
  last_seen: new Date(NOW_MS - 180_000).toISOString(),
  current_temperature: 20.52,
  target_temperature: 21,
  mode: 'heat',
  temperature_scale: 'C',
  owner: 'anna',
}
const SEEN = clockTime(NOW_MS - 180_000)
const options = { nowMs: NOW_MS, live: true, columns: 100, chalk: new Chalk({ level: 0 }) }

t.test('prints thermostats as a table', async (t) => {
  const away = { ...DEVICE, name: 'Den', is_available: false, owner: null }
  t.equal(
    deviceTable([DEVICE, away], options),
    [
      'NAME     SERIAL            STATE                           NOW  TARGET  MODE  OWNER',
      'Kitchen  02AA01AC31140KD6  online                      20.5 °C   21 °C  heat  yours',
      `Den      02AA01AC31140KD6  not heard from since ${SEEN}  20.5 °C   21 °C  heat  not paired`,
      '',
    ].join('\n'),
  )
})

t.test('an owner is shown where there are several, or a thermostat without one', async (t) => {
  const second = { ...DEVICE, name: 'Den' }
  t.notMatch(deviceTable([DEVICE, second], options), /OWNER|anna/)
  const lines = deviceTable([DEVICE, { ...second, owner: 'bob' }], options).split('\n')
  t.match(lines, [/OWNER$/, /anna$/, /bob$/])
})

t.test('fits 80 columns while one is silent', async (t) => {
  const text = deviceTable([{ ...DEVICE, is_available: false }], { ...options, columns: 80 })
  t.equal(text.split('\n').length, 3, 'a title and a row')
})

t.test('shows the last contact in place of the state without a server', async (t) => {
  const text = deviceTable([DEVICE], { ...options, live: false })
  t.match(text, /LAST SEEN/)
  t.match(text, /3 min ago/)
  t.notMatch(text, /online|not heard/)
})

t.test('the target depends on mode and eco', async (t) => {
  t.equal(targetText(DEVICE), '21 °C')
  t.equal(targetText({ ...DEVICE, temperature_scale: 'F' }), '70 °F')
  t.equal(targetText({ ...DEVICE, target_temperature: 0 }), '0 °C', 'zero is a value')
  t.equal(targetText({ ...DEVICE, mode: 'off' }), '–')
  t.equal(targetText({}), '–', 'a thermostat that has uploaded nothing yet')
  t.equal(modeText({ mode: null }), '–', 'a mode that was never reported is not off')
  t.equal(targetText({ ...DEVICE, mode: null }), '–', 'nor is a setpoint known to count')
  const range = {
    ...DEVICE,
    mode: 'range',
    target_temperature_low: 19,
    target_temperature_high: 24,
  }
  t.equal(targetText(range), '19–24 °C')
  t.equal(modeText(range), 'heat-cool')
  const eco = { ...range, away: true, eco_target: { low: 15, high: 28 } }
  t.equal(targetText(eco), '15–28 °C')
  t.equal(targetText({ ...eco, eco_target: { low: 15, high: null } }), '15 °C')
  t.equal(targetText({ ...eco, mode: 'heat', eco_target: 15 }), '15 °C')
  t.equal(targetText({ ...eco, mode: 'heat', eco_target: null }), '–', 'eco heats never')
  t.equal(modeText(eco), 'heat-cool (eco)')
  t.equal(modeText({ ...DEVICE, eco_mode: 'auto-eco' }), 'heat (eco)')
})
