import type { JsonObject } from '../protocol/bucket.ts'

/** What became of a code. */
export type RegisterAnswer =
  | { readonly success: true; readonly serial: string; readonly name: string }
  | { readonly success: false; readonly reason: string }

/** A thermostat that shows a code. */
export interface WaitingThermostat {
  readonly serial: string
  readonly name: string
  /** Wall clock, ms. */
  readonly sinceMs: number
}

export interface PairingProgress {
  readonly name: string
  /** The thermostat itself has shown that it knows. */
  readonly confirmed: boolean
  readonly isAvailable: boolean
}

/** A command that the server took. */
export interface Accepted {
  readonly changeId: number
  /** `pushed` when it went out on a held connection, `queued` when it waits for one or for its turn. */
  readonly delivery: 'pushed' | 'queued'
  /** What is set, as the server understood it. */
  readonly values: JsonObject
}

/** A command on its way, or at its end. Times are wall clock, ms. */
export interface ChangeReport {
  readonly id: number
  readonly serial: string
  readonly command: string
  /** `queued`, `sent`, or how it ended. */
  readonly state: string
  readonly createdAtMs: number
  readonly endedAtMs: number | undefined
  /** When it is given up, while it is under way. */
  readonly expiresAtMs: number | undefined
  readonly reason: string | undefined
  /** All it sets. */
  readonly fields: JsonObject
  /** As the server told it, for `--json`. */
  readonly answer: JsonObject
}

export interface ScheduleAnswer {
  readonly schedule: JsonObject | undefined
  /** As the server told it, for `--json`. */
  readonly answer: JsonObject
}
