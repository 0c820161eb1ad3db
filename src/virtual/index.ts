// What other rooms may import: VirtualThermostat runs on sockets, Firmware is the pure model.
export type { DeviceBucket } from './device/device-bucket.ts'
export { createProfile, type ProfileOptions } from './device/profile.ts'
export { Firmware } from './firmware.ts'
export {
  DEFAULT_MODEL,
  FIRMWARE_VERSIONS,
  KIND_NAMES,
  type Model,
  modelProfile,
} from './models/model-profile.ts'
export type {
  DeviceRequest,
  Effect,
  LogEntry,
  Note,
  RequestKind,
  Screen,
  Violation,
} from './signals/effects.ts'
export type { FirmwareHappening } from './signals/firmware-events.ts'
export { VirtualThermostat, type VirtualThermostatOptions } from './thermostat.ts'
export { ManualTimers, realTimers, type Timers } from './timers.ts'
