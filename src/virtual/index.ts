// What other rooms may import: VirtualThermostat runs on sockets, Firmware is the pure model.
export type { DeviceBucket } from './device/device-bucket.ts'
export { createProfile, type Profile, type ProfileOptions } from './device/profile.ts'
export { Firmware } from './firmware.ts'
export type { DeviceRequest, Effect } from './signals/effects.ts'
export type {
  FirmwareEvent,
  FirmwareHappening,
  Mode,
  ResponseEvent,
} from './signals/firmware-events.ts'
export type { LogEntry } from './signals/log.ts'
export type { Note, PushOutcome, PutReason, RequestKind, Screen } from './signals/notes.ts'
export type { RuleLabel, Violation } from './signals/violations.ts'
export { VirtualThermostat, type VirtualThermostatOptions } from './thermostat.ts'
export { ManualTimers, realTimers, type Timers } from './timers.ts'
