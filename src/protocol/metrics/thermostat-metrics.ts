import { type DeviceView, deviceName } from '../view/device-view.ts'
import { isEco } from '../view/eco-state.ts'
import { outdoorTemperature } from '../view/outdoor-temperature.ts'
import { reportedMode, WIRE_MODES } from '../view/own-forms.ts'
import type { Metric, MetricSample } from './metric.ts'

/** A paired thermostat, and what the server knows of its connections. */
export interface MeasuredThermostat {
  readonly view: DeviceView
  readonly model: string | null
  readonly softwareVersion: string | null
  readonly isAvailable: boolean
  /** Wall clock, ms. */
  readonly lastSeenMs: number
  readonly connections: number
}

/** One gauge of each thermostat; without samples where the thermostat does not report it. */
interface ThermostatGauge {
  readonly name: string
  readonly help: string
  read(thermostat: MeasuredThermostat): readonly MetricSample[]
}

const GAUGES: readonly ThermostatGauge[] = [
  {
    name: 'info',
    help: 'Its name, model and firmware; always 1.',
    read: ({ view, model, softwareVersion }) => {
      const labels = {
        name: deviceName(view),
        model: model ?? '',
        software_version: softwareVersion ?? '',
      }
      return [{ labels, value: 1 }]
    },
  },
  one('available', 'Whether it is reachable.', ({ isAvailable }) => isAvailable),
  one(
    'last_seen_timestamp_seconds',
    'When it called last, Unix time.',
    ({ lastSeenMs }) => lastSeenMs / 1000,
  ),
  one('connections', 'Connections that it holds.', ({ connections }) => connections),
  one(
    'temperature_celsius',
    'Measured in the room.',
    ({ view: { shared, device } }) => shared.current_temperature ?? device.current_temperature,
  ),
  { name: 'target_temperature_celsius', help: 'What it is set to.', read: targets },
  one(
    'outdoor_temperature_celsius',
    'Outside, by the thermostat or the weather on its screen.',
    ({ view }) => outdoorTemperature(view),
  ),
  one('humidity_ratio', 'Relative humidity, 0 to 1.', ({ view }) => {
    const percent = view.device.current_humidity
    return typeof percent === 'number' ? percent / 100 : undefined
  }),
  one('battery_volts', 'Its battery.', ({ view }) => view.device.battery_level),
  {
    name: 'mode',
    help: '1 for the mode that it is in, 0 for the others.',
    read: ({ view }) => {
      const mode = reportedMode(view)
      if (mode === undefined) return []
      return WIRE_MODES.map((each) => ({ labels: { mode: each }, value: Number(each === mode) }))
    },
  },
  one('eco', 'Whether it keeps to its eco temperatures.', ({ view }) => isEco(view)),
  one('heating_stage', 'Heating: 0 for none, else the highest stage that runs.', heatingStage),
  one('cooling_stage', 'Cooling: 0 for none, else the highest stage that runs.', coolingStage),
  one('fan_running', 'Whether the fan runs.', ({ view }) => view.shared.hvac_fan_state === true),
]

/** Every metric of these thermostats, labelled with their serials. */
export function thermostatMetrics(thermostats: readonly MeasuredThermostat[]): Metric[] {
  return GAUGES.map(({ name, help, read }) => ({
    name: `nle_thermostat_${name}`,
    help,
    type: 'gauge',
    samples: thermostats.flatMap((each) =>
      read(each).map(({ labels, value }) => ({
        labels: { serial: each.view.serial, ...labels },
        value,
      })),
    ),
  }))
}

/** A gauge with one sample; a flag is 0 or 1, and anything but a number is left out. */
function one(
  name: string,
  help: string,
  measured: (thermostat: MeasuredThermostat) => unknown,
): ThermostatGauge {
  return {
    name,
    help,
    read: (thermostat) => {
      const value = measured(thermostat)
      if (typeof value === 'boolean') return [{ value: Number(value) }]
      return typeof value === 'number' && Number.isFinite(value) ? [{ value }] : []
    },
  }
}

/** The setpoint of heat and cool, or both bounds of range; none while it is off. */
function targets({ view }: MeasuredThermostat): MetricSample[] {
  const { shared } = view
  const mode = reportedMode(view)
  const fields: readonly (readonly [string, unknown])[] =
    mode === 'range'
      ? [
          ['low', shared.target_temperature_low],
          ['high', shared.target_temperature_high],
        ]
      : mode === 'off' || mode === undefined
        ? []
        : [['setpoint', shared.target_temperature]]
  return fields.flatMap(([bound, value]) =>
    typeof value === 'number' ? [{ labels: { bound }, value }] : [],
  )
}

function heatingStage({ view: { shared } }: MeasuredThermostat): number {
  if (shared.hvac_heat_x3_state === true) return 3
  if (shared.hvac_heat_x2_state === true) return 2
  const first = ['heater', 'aux_heater', 'emer_heat', 'alt_heat']
  return Number(first.some((part) => shared[`hvac_${part}_state`] === true))
}

function coolingStage({ view: { shared } }: MeasuredThermostat): number {
  if (shared.hvac_cool_x3_state === true) return 3
  if (shared.hvac_cool_x2_state === true) return 2
  return Number(shared.hvac_ac_state === true)
}
