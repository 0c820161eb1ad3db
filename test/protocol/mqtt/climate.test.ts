import t from 'tap'
import { climateConfig, climateStates } from '../../../src/protocol/mqtt/climate.ts'
import { NOW_S, view } from '../make.ts'
import { CLIMATE_ACTIONS } from './home-assistant-schemas.ts'

const BASE = view()
const thermostat = (shared: object, device: object = {}, structure: object = {}) =>
  view({
    shared: { ...BASE.shared, ...shared },
    device: { ...BASE.device, ...device },
    structure: { ...BASE.structure, ...structure },
  })
const IDLE = { hvac_heater_state: false, hvac_fan_state: false }

t.test('translates the mode into the words of Home Assistant', async (t) => {
  const rows: [unknown, string | undefined][] = [
    ['off', 'off'],
    ['heat', 'heat'],
    ['cool', 'cool'],
    ['range', 'heat_cool'],
    ['emergency', 'heat'],
    ['something new', undefined],
    [null, undefined],
    ['', undefined],
  ]
  for (const [mode, expected] of rows) {
    t.equal(climateStates(thermostat({ target_temperature_type: mode })).mode, expected)
  }
})

t.test('a mode that was never reported is not off: there is neither mode nor action', async (t) => {
  const { mode, action, target_temperature } = climateStates(
    thermostat({ target_temperature_type: undefined }),
  )
  t.strictSame([mode, action, target_temperature], [undefined, undefined, '19'])
})

t.test('in eco the setpoints are the eco temperatures of the mode', async (t) => {
  const eco = { eco: { mode: 'manual-eco' }, away_temperature_low: 10, away_temperature_high: 28 }
  const rows: [string, device: object, (string | undefined)[]][] = [
    ['heat', {}, ['10', 'None', 'None']],
    ['emergency', {}, ['10', 'None', 'None']],
    ['cool', {}, ['28', 'None', 'None']],
    ['range', {}, ['None', '10', '28']],
    ['range', { away_temperature_high_enabled: false }, ['None', '10', 'None']],
    ['heat', { away_temperature_low_enabled: false }, ['None', 'None', 'None']],
    ['off', {}, ['19', 'None', 'None']],
  ]
  for (const [mode, device, expected] of rows) {
    const states = climateStates(
      thermostat({ target_temperature_type: mode }, { ...eco, ...device }),
    )
    const { target_temperature, target_temperature_low, target_temperature_high } = states
    t.strictSame([target_temperature, target_temperature_low, target_temperature_high], expected)
  }
  const away = climateStates(thermostat({}, { away_temperature_low: 11 }, { manual_eco_all: true }))
  t.equal(away.target_temperature, '11')
})

t.test('derives the action from mode, stages and fan', async (t) => {
  const rows: [object, object, string][] = [
    [{}, {}, 'heating'],
    [{ target_temperature_type: 'off' }, {}, 'off'],
    [IDLE, {}, 'idle'],
    [{ ...IDLE, hvac_emer_heat_state: true }, {}, 'heating'],
    [{ ...IDLE, hvac_alt_heat_x2_state: true }, {}, 'heating'],
    [{ ...IDLE, hvac_cool_x2_state: true }, {}, 'cooling'],
    [{ ...IDLE, hvac_fan_state: true }, {}, 'fan'],
    [IDLE, { fan_timer_timeout: NOW_S + 60 }, 'fan'],
    [IDLE, { fan_timer_timeout: NOW_S - 60 }, 'idle'],
  ]
  for (const [shared, device, expected] of rows) {
    const { action } = climateStates(thermostat(shared, device))
    t.equal(action, expected)
    t.ok(CLIMATE_ACTIONS.includes(String(action)))
  }
})

t.test('only the setpoints that belong to the mode have a value', async (t) => {
  const rows: [string, (string | undefined)[]][] = [
    ['heat', ['19', 'None', 'None']],
    ['cool', ['19', 'None', 'None']],
    ['off', ['19', 'None', 'None']],
    ['range', ['None', '20', '24']],
  ]
  for (const [mode, expected] of rows) {
    const states = climateStates(thermostat({ target_temperature_type: mode }))
    const { target_temperature, target_temperature_low, target_temperature_high } = states
    t.strictSame([target_temperature, target_temperature_low, target_temperature_high], expected)
  }
  const heatOnly = climateStates(thermostat({ can_cool: false }))
  t.notOk('target_temperature_low' in heatOnly)
})

t.test('publishes 0 °C, and nothing for a missing temperature', async (t) => {
  t.equal(climateStates(thermostat({ current_temperature: 0 })).current_temperature, '0')
  t.equal(
    climateStates(thermostat({ current_temperature: null }, { current_temperature: null }))
      .current_temperature,
    undefined,
  )
  t.equal(climateStates(thermostat({ current_temperature: 20.1234 })).current_temperature, '20.12')
})

t.test('derives preset and occupancy from eco, away and auto-away', async (t) => {
  const manual = { eco: { mode: 'manual-eco' } }
  const rows: [object, object, object, string, string][] = [
    [{}, {}, {}, 'home', 'home'],
    [{}, {}, { manual_eco_all: true }, 'away', 'away'],
    [{}, manual, { manual_eco_all: true }, 'away', 'away'],
    [{}, {}, { away: true }, 'away', 'away'],
    [{}, manual, {}, 'eco', 'home'],
    [{}, { eco_mode: 'manual-eco' }, {}, 'eco', 'home'],
    [{}, { eco: { mode: 'auto-eco' } }, {}, 'eco', 'home'],
    [{ auto_away: 1 }, {}, {}, 'away', 'away'],
    [{}, { auto_away: 2 }, {}, 'away', 'away'],
  ]
  for (const [shared, device, structure, preset, occupancy] of rows) {
    t.match(climateStates(thermostat(shared, device, structure)), { preset, occupancy })
  }
})

t.test(
  'the fan is on while its timer runs, and has no state on a thermostat without one',
  async (t) => {
    const fan = (device: object) => climateStates(thermostat({}, device)).fan_mode
    t.equal(fan({ fan_timer_timeout: NOW_S + 1 }), 'on')
    t.equal(fan({ fan_timer_timeout: NOW_S }), 'auto')
    t.equal(fan({ fan_timer_timeout: NOW_S + 1, has_fan: false }), undefined)
  },
)

t.test('the configuration has the temperature topics in every mode', async (t) => {
  for (const mode of ['off', 'heat', 'cool', 'range', 'emergency']) {
    t.match(climateConfig(thermostat({ target_temperature_type: mode }), 'p'), {
      temperature_state_topic: 'p/09AA01AB12345678/ha/target_temperature',
      temperature_command_topic: 'p/09AA01AB12345678/ha/target_temperature/set',
      temperature_low_command_topic: 'p/09AA01AB12345678/ha/target_temperature_low/set',
      temp_step: 0.5,
      temperature_unit: 'C',
    })
  }
})

t.test('offers only the modes and fan that are wired', async (t) => {
  const heat = climateConfig(thermostat({ can_cool: false }, { has_fan: false }), 'p')
  t.strictSame(heat.modes, ['off', 'heat'])
  t.notOk('temperature_low_state_topic' in heat)
  t.notOk('fan_modes' in heat)
  const cool = climateConfig(thermostat({ can_heat: false }), 'p')
  t.strictSame(cool.modes, ['off', 'cool'])
})
