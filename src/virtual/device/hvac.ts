import { asNumber } from '../json.ts'
import type { Device } from './device.ts'
import { ecoActive } from './eco.ts'
import { changeLocally, deviceValue, ownKey, sharedValue } from './local-changes.ts'
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
  const heat = lowest !== undefined && current < lowest - (heating ? 0 : SWING)
  const cool = highest !== undefined && current > highest + (cooling ? 0 : SWING)
  const changes = {
    ...(heat === heating ? {} : { hvac_heater_state: heat }),
    ...(cool === cooling ? {} : { hvac_ac_state: cool }),
  }
  if (Object.keys(changes).length === 0) return
  changeLocally(device, ownKey(device, 'shared'), changes, 'hvac')
}

/** The temperatures below which it heats and above which it cools. */
function band(device: Device): { lowest?: number | undefined; highest?: number | undefined } {
  const shared = sharedValue(device)
  const mode = asMode(shared.target_temperature_type)
  const heats = mode === 'heat' || mode === 'range' || mode === 'emergency'
  const cools = mode === 'cool' || mode === 'range'
  if (ecoActive(device)) {
    const settings = deviceValue(device)
    return {
      lowest: heats ? asNumber(settings.away_temperature_low) : undefined,
      highest: cools ? asNumber(settings.away_temperature_high) : undefined,
    }
  }
  const target = asNumber(shared.target_temperature)
  const low = mode === 'range' ? asNumber(shared.target_temperature_low) : target
  const high = mode === 'range' ? asNumber(shared.target_temperature_high) : target
  return { lowest: heats ? low : undefined, highest: cools ? high : undefined }
}
