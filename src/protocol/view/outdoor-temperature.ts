import type { DeviceView } from './device-view.ts'

/** The temperature outside that the thermostat itself reports, °C; undefined when it reports none. */
export function reportedOutdoor({ device, shared }: DeviceView): number | undefined {
  const { outdoor_temperature, outside_temperature } = device
  return [outdoor_temperature, shared.outside_temperature, outside_temperature].find(
    (value) => typeof value === 'number' && Number.isFinite(value),
  ) as number | undefined
}

/**
 * The temperature outside, °C: as the thermostat reports it, else as the weather on its way to the
 * thermostat had it; undefined when neither is known.
 */
export function outdoorTemperature(view: DeviceView): number | undefined {
  return reportedOutdoor(view) ?? view.outdoor?.celsius
}
