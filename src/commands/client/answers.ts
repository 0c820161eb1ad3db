import type { Answer } from '../../api/endpoints.ts'
import type { ChangeAnswer } from '../../api/shapes.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import type { Scale } from '../../protocol/setpoint.ts'

/** How the connection to the MQTT broker goes. */
export type MqttAnswer = Answer<'getMqttConfig'>
/** How the Matter bridge goes, and its codes. */
export type MatterAnswer = Answer<'getMatter'>
export type MatterCodesAnswer = Answer<'getMatterCodes'>

/** A command and its state. Times are wall clock, ms. */
export interface ChangeReport {
  readonly id: number
  readonly serial: string
  readonly command: string
  /** `queued`, `sent`, or how it ended. */
  readonly state: string
  readonly createdAtMs: number
  readonly endedAtMs: number | undefined
  /** When the first of its open parts expires. */
  readonly expiresAtMs: number | undefined
  readonly reason: string | undefined
  /** Every field it sets. */
  readonly fields: JsonObject
  /** The server's answer, for `--json`. */
  readonly answer: JsonObject
}

/** Reads a command as `/api/changes` and the event `change` report it. */
export function readChange(answer: JsonObject): ChangeReport {
  const { id, serial, command, state, created_at, ended_at, reason, parts } = answer as ChangeAnswer
  const expiries = parts.flatMap(({ expires_at }) =>
    expires_at === null ? [] : [Date.parse(expires_at)],
  )
  return {
    id,
    serial,
    command,
    state,
    createdAtMs: Date.parse(created_at),
    endedAtMs: ended_at === null ? undefined : Date.parse(ended_at),
    expiresAtMs: expiries.length === 0 ? undefined : Math.min(...expiries),
    reason: reason ?? undefined,
    fields: Object.assign({}, ...parts.map(({ fields }) => fields)),
    answer,
  }
}

/** The scale of a thermostat's own screen, by its status. */
export function scaleOf(status: JsonObject): Scale {
  return status.temperature_scale === 'F' ? 'F' : 'C'
}
