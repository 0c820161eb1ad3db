import { asNumber } from '../json.ts'
import type { Device } from './device.ts'
import { ecoActive } from './eco.ts'
import { changeLocally, deviceValue, sharedValue } from './local-changes.ts'
import { asMode } from './setpoint-changes.ts'

/** The furnace starts this many °C below the setpoint and stops at it. */
const SWING = 0.5

/** Switches heat and cool by temperature; a change is put apart from everything else. */
export function settleHvac(device: Device): void {
  const shared = sharedValue(device)
  const { lowest, highest } = band(device)
  const current = asNumber(shared.current_temperature)
  const heating = shared.hvac_heater_state === true
  const cooling = shared.hvac_ac_state === true
  const heat = current < lowest - (heating ? 0 : SWING)
  const cool = current > highest + (cooling ? 0 : SWING)
  const changes = {
    ...(heat === heating ? {} : { hvac_heater_state: heat }),
    ...(cool === cooling ? {} : { hvac_ac_state: cool }),
  }
  if (Object.keys(changes).length > 0) changeLocally(device, 'shared', changes, 'hvac')
}

/** The temperatures below which it heats and above which it cools. */
function band(device: Device): { lowest: number; highest: number } {
  const shared = sharedValue(device)
  const settings = deviceValue(device)
  const mode = asMode(shared.target_temperature_type)
  const [low, high] = ecoActive(device)
    ? [settings.away_temperature_low, settings.away_temperature_high]
    : mode === 'range'
      ? [shared.target_temperature_low, shared.target_temperature_high]
      : [shared.target_temperature, shared.target_temperature]
  const heats = mode === 'heat' || mode === 'range' || mode === 'emergency'
  const cools = mode === 'cool' || mode === 'range'
  return { lowest: heats ? asNumber(low) : -Infinity, highest: cools ? asNumber(high) : Infinity }
}
