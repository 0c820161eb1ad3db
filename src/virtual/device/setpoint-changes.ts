import type { WireObject } from '../json.ts'
import type { Mode } from '../signals/firmware-events.ts'
import { armTimer, type Device } from './device.ts'
import { setEco } from './eco.ts'
import { changeLocally, sharedValue } from './local-changes.ts'

const MODES: readonly Mode[] = ['heat', 'cool', 'range', 'off', 'emergency']

/** The mode a `target_temperature_type` stands for; anything unknown is off. */
export function asMode(value: unknown): Mode {
  return MODES.find((mode) => mode === value) ?? 'off'
}

const BY_SCHEDULE = 1
const BY_PERSON = 2

/** Arms the acknowledgement of a temperature command that was applied (U8). */
export function temperatureReceived(device: Device, fields: WireObject): void {
  if (fields.target_change_pending !== true) return
  armTimer(device, 'acknowledge', device.nowMs + device.profile.acknowledgeMs)
}

/** Puts `target_change_pending:false`, if a command is still unacknowledged. */
export function acknowledge(device: Device): void {
  if (sharedValue(device).target_change_pending !== true) return
  changeLocally(device, 'shared', { target_change_pending: false }, 'acknowledge')
}

/**
 * A person turned the dial: eco ends, the setpoint changes, and the put waits up to the defer
 * window for more turning unless the server disabled that (S2).
 */
export function dialTurned(device: Device, celsius: number): void {
  setEco(device, false, 'person')
  const dueAtMs = device.nowMs + (device.deferDisabled ? 0 : device.deferWindowMs)
  const fields = { target_temperature: celsius, touched_by: touchedBy(device, BY_PERSON) }
  changeLocally(device, 'shared', fields, 'dial', dueAtMs)
}

export function modeSet(device: Device, mode: Mode): void {
  const fields = { target_temperature_type: mode, touched_by: touchedBy(device, BY_PERSON) }
  changeLocally(device, 'shared', fields, 'change')
}

/** Its own schedule moved the setpoint: a put of its own (section 10). */
export function scheduleTransition(device: Device, celsius: number): void {
  const fields = { target_temperature: celsius, touched_by: touchedBy(device, BY_SCHEDULE) }
  changeLocally(device, 'shared', fields, 'transition')
}

function touchedBy(device: Device, by: number): WireObject {
  return { touched_by: by, touched_at: Math.floor(device.nowMs / 1000), touched_user_id: '' }
}
