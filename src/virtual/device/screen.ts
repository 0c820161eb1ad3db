import { asNumber } from '../json.ts'
import type { Screen } from '../signals/effects.ts'
import type { Device } from './device.ts'
import { ecoActive } from './eco.ts'
import { sharedValue } from './local-changes.ts'
import { asMode } from './setpoint-changes.ts'

/** What the device shows right now. */
export function screenOf(device: Device): Screen {
  if (device.power === 'off') return { phase: 'off' }
  if (device.power === 'flat') return { phase: 'batteryLow' }
  const { owner, code } = device.pairing
  if (owner !== undefined) return pairedScreen(device, owner)
  if (code === undefined || code.expiresAtMs <= device.nowMs) return { phase: 'connecting' }
  const display = `${code.value.slice(0, 3)}-${code.value.slice(3)}`
  return { phase: 'code', code: code.value, display, expiresAtMs: code.expiresAtMs }
}

function pairedScreen(device: Device, owner: string): Screen {
  const shared = sharedValue(device)
  return {
    phase: 'paired',
    owner,
    mode: asMode(shared.target_temperature_type),
    eco: ecoActive(device),
    currentTemperature: asNumber(shared.current_temperature),
    targetTemperature: asNumber(shared.target_temperature),
    targetTemperatureLow: asNumber(shared.target_temperature_low),
    targetTemperatureHigh: asNumber(shared.target_temperature_high),
    heating: shared.hvac_heater_state === true,
    cooling: shared.hvac_ac_state === true,
  }
}
