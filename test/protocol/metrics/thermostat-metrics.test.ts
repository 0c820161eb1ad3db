import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { histogram } from '../../../src/protocol/metrics/metric.ts'
import {
  type MeasuredThermostat,
  thermostatMetrics,
} from '../../../src/protocol/metrics/thermostat-metrics.ts'
import { SERIAL, view } from '../make.ts'

/** The samples of one metric of a thermostat with these fields, as `label=value…`: number. */
function samplesOf(
  name: string,
  { shared = {}, device = {} }: { shared?: JsonObject; device?: JsonObject } = {},
  more: Partial<MeasuredThermostat> = {},
): Record<string, number> {
  const thermostat: MeasuredThermostat = {
    view: view({ shared: { current_temperature: 20, ...shared }, device }),
    model: 'Display-3.2',
    softwareVersion: '5.9.4',
    isAvailable: true,
    lastSeenMs: 1_707_148_800_000,
    connections: 1,
    ...more,
  }
  const metric = thermostatMetrics([thermostat]).find((each) => each.name === name)
  return Object.fromEntries(
    metric?.samples.map(({ labels: { serial, ...others } = {}, value }) => {
      t.equal(serial, SERIAL)
      return [Object.entries(others).map(String).join(' '), value]
    }) ?? [],
  )
}

t.test('a thermostat is measured in base units', async (t) => {
  const rows: [name: string, of: Parameters<typeof samplesOf>[1], expected: object][] = [
    ['temperature_celsius', { shared: { current_temperature: 19.5 } }, { '': 19.5 }],
    ['humidity_ratio', { device: { current_humidity: 45 } }, { '': 0.45 }],
    ['battery_volts', { device: { battery_level: 3.84 } }, { '': 3.84 }],
    ['battery_volts', { device: { battery_level: 'full' } }, {}],
    ['battery_volts', {}, {}],
    ['outdoor_temperature_celsius', { device: { outdoor_temperature: -3 } }, { '': -3 }],
    ['last_seen_timestamp_seconds', {}, { '': 1_707_148_800 }],
    ['available', {}, { '': 1 }],
    ['connections', {}, { '': 1 }],
    ['eco', {}, { '': 0 }],
    ['eco', { device: { eco: { mode: 'manual-eco' } } }, { '': 1 }],
    ['heating_stage', {}, { '': 0 }],
    ['heating_stage', { shared: { hvac_heater_state: true } }, { '': 1 }],
    ['heating_stage', { shared: { hvac_aux_heater_state: true } }, { '': 1 }],
    ['heating_stage', { shared: { hvac_heater_state: true, hvac_heat_x2_state: true } }, { '': 2 }],
    ['heating_stage', { shared: { hvac_heat_x3_state: true } }, { '': 3 }],
    ['cooling_stage', { shared: { hvac_ac_state: true } }, { '': 1 }],
    ['cooling_stage', { shared: { hvac_cool_x2_state: true } }, { '': 2 }],
    ['cooling_stage', { shared: { hvac_cool_x3_state: true } }, { '': 3 }],
    ['fan_running', { shared: { hvac_fan_state: true } }, { '': 1 }],
    ['mode', {}, {}],
    [
      'mode',
      { shared: { target_temperature_type: 'heat' } },
      { 'mode,off': 0, 'mode,heat': 1, 'mode,cool': 0, 'mode,range': 0, 'mode,emergency': 0 },
    ],
  ]
  for (const [name, of, expected] of rows) {
    t.same(samplesOf(`nle_thermostat_${name}`, of), expected, `${name} ${JSON.stringify(of)}`)
  }
})

t.test('the target is the setpoint, in range both bounds, and nothing when off', async (t) => {
  const targets = (mode: string) =>
    samplesOf('nle_thermostat_target_temperature_celsius', {
      shared: {
        target_temperature_type: mode,
        target_temperature: 21,
        target_temperature_low: 19,
        target_temperature_high: 24,
      },
    })
  t.same(targets('heat'), { 'bound,setpoint': 21 })
  t.same(targets('range'), { 'bound,low': 19, 'bound,high': 24 })
  t.same(targets('off'), {})
})

t.test('each bucket of a histogram counts those below it, too', async (t) => {
  const { samples } = histogram('x', 'X.', { bounds: [1, 5], counts: [2, 0, 1], sum: 9.5 })
  t.strictSame(samples, [
    { labels: { le: '1' }, value: 2, suffix: '_bucket' },
    { labels: { le: '5' }, value: 2, suffix: '_bucket' },
    { labels: { le: '+Inf' }, value: 3, suffix: '_bucket' },
    { value: 9.5, suffix: '_sum' },
    { value: 3, suffix: '_count' },
  ])
})
