import type { Device } from './device.ts'
import { ecoActive } from './eco.ts'
import type { Mode } from './events.ts'
import { sharedValue } from './local.ts'

/** What the round glass shows. */
export type Screen =
  | { readonly phase: 'off' }
  | { readonly phase: 'batteryLow' }
  /** Switched on, unpaired, no usable code yet. */
  | { readonly phase: 'connecting' }
  | {
      readonly phase: 'code'
      /** As the server gave it: `A3XR7M2`. */
      readonly code: string
      /** As people read it: `A3X-R7M2`. */
      readonly display: string
      readonly expiresAtMs: number
    }
  | {
      readonly phase: 'paired'
      readonly owner: string
      readonly mode: Mode
      readonly eco: boolean
      readonly currentTemperature: number
      readonly targetTemperature: number
      readonly targetTemperatureLow: number
      readonly targetTemperatureHigh: number
      readonly heating: boolean
      readonly cooling: boolean
    }

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

const MODES: readonly Mode[] = ['heat', 'cool', 'range', 'off', 'emergency']

/** The mode a `target_temperature_type` stands for; anything unknown is off. */
export function asMode(value: unknown): Mode {
  return MODES.find((mode) => mode === value) ?? 'off'
}

/** A finite number, or 0: whatever a server pushed must not reach arithmetic as NaN. */
export function asNumber(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}
