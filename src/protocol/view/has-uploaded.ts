import type { ThermostatState } from '../thermostat/state.ts'

/**
 * Whether a thermostat has put both `shared` and `device`. Before that nothing is known of what it
 * measures, wants and can do.
 */
export function hasUploaded({ serial, buckets }: ThermostatState): boolean {
  return ['shared', 'device'].every(
    (type) => Object.keys(buckets.get(`${type}.${serial}`)?.value ?? {}).length > 0,
  )
}
