import type { BridgedStatus } from '../../../src/protocol/matter/bridged-status.ts'

export const NOW_MS = 1_760_000_000_000
export const NOW_S = NOW_MS / 1000

/** A thermostat that heats and cools, set to 21 °C in heat. */
export function status(given: Partial<BridgedStatus> = {}): BridgedStatus {
  return {
    serial: '02AA01AC00000001',
    name: 'Hallway',
    model: 'Nest Learning Thermostat',
    software_version: '5.9.4-5',
    owner: 'homeassistant',
    has_uploaded: true,
    is_available: true,
    current_temperature: 20.5,
    target_temperature: 21,
    target_temperature_low: 19,
    target_temperature_high: 25,
    humidity: 45,
    mode: 'heat',
    hvac: {},
    fan_timer_active: false,
    fan_timer_timeout: 0,
    eco_mode: 'schedule',
    eco_temperatures: { low: 15, high: 28 },
    away: false,
    capabilities: { can_heat: true, can_cool: true, has_fan: true },
    hot_water: null,
    ...given,
  }
}

export const HEAT_ONLY = { can_heat: true, can_cool: false, has_fan: false }
export const COOL_ONLY = { can_heat: false, can_cool: true, has_fan: true }
