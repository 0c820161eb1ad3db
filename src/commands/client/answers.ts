import { isObject, type JsonObject } from '../../protocol/bucket.ts'

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

/** A command as `/api/changes` and the event `change` tell of it. */
export function readChange(body: JsonObject): ChangeReport {
  const { id, serial, command, state, created_at, ended_at, reason } = body
  const expiries = objects(body.parts).map(({ expires_at }) => Date.parse(text(expires_at)))
  const expiresAtMs = Math.min(...expiries.filter((ms) => !Number.isNaN(ms)))
  return {
    id: Number(id),
    serial: text(serial),
    command: text(command),
    state: text(state),
    createdAtMs: Date.parse(text(created_at)),
    endedAtMs: typeof ended_at === 'string' ? Date.parse(ended_at) : undefined,
    expiresAtMs: Number.isFinite(expiresAtMs) ? expiresAtMs : undefined,
    reason: typeof reason === 'string' ? reason : undefined,
    fields: Object.assign({}, ...objects(body.parts).map(({ fields }) => fields)),
    answer: body,
  }
}

/** Text of an answer; empty when it is none. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The objects in a list of an answer. */
export function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

export type Scale = 'C' | 'F'

/** The scale of a thermostat's own screen, by its status. */
export function scaleOf(status: JsonObject): Scale {
  return status.temperature_scale === 'F' ? 'F' : 'C'
}
