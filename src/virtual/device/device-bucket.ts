import type { WireObject } from '../json.ts'

/** One bucket as the thermostat has it. `timestamp` 0 means: never seen by a server. */
export interface DeviceBucket {
  readonly key: string
  readonly revision: number
  /** ms since epoch, as both sides compare it. */
  readonly timestamp: number
  readonly value: WireObject
}

/** `shared` of `shared.02AA…`. */
export function typeOfKey(key: string): string {
  return key.split('.', 1).join()
}
