import type { Config } from '../../config.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import type { OriginRemark } from '../../protocol/lan/typed-origin.ts'
import type { Store } from '../../store/store.ts'
import type { AnnouncerState } from '../lan/announcer.ts'
import type { Origin } from '../lan/origin.ts'
import type { Machine } from './machine.ts'

/** What the checks look at. */
export interface Subject {
  /** Of the server, or those that one started here would have. */
  readonly config: Config
  /** About the origin that was typed (`E6`). */
  readonly remarks: readonly OriginRemark[]
  readonly databasePath: string
  /** Undefined when there is none, or it cannot be opened. */
  readonly store: Store | undefined
  /** A larger database is not checked: that would keep thermostats waiting. */
  readonly maxCheckedBytes: number
  /** Wall clock, ms. */
  readonly nowMs: number
  /** Steady clock, ms; as `Now` has it. */
  readonly steadyMs: number
  /** The machine that the checks run on. */
  readonly machine: Machine
  /** The origin that thermostats are told. */
  readonly origin: Origin
  /** What only the running server knows; undefined where none has the database. */
  readonly live: Live | undefined
}

export interface Live {
  /** Wall clock, ms. */
  readonly startedAtMs: number
  /** What keeps it from using its database; undefined when all is well. */
  readonly trouble: { readonly kind: string; readonly reason: string } | undefined
  /** The status of each thermostat, by serial. */
  status(serial: string): Promise<JsonObject | undefined>
  /** The state of the connection to the MQTT broker. */
  readonly mqtt: JsonObject
  /** How the Matter bridge goes, as `GET /api/matter` answers it. */
  readonly matter: Readonly<Record<string, unknown>>
  /** Whether other machines of the home find the server by themselves. */
  readonly announced: AnnouncerState
}

/** `note` is worth knowing, `warning` needs a look, `problem` keeps nle from working. */
export const LEVELS = ['ok', 'note', 'warning', 'problem'] as const
export type Level = (typeof LEVELS)[number]

/** The result of one check. */
export interface Finding {
  readonly check: string
  readonly level: Level
  readonly message: string
  /** How to mend it. */
  readonly mend?: string
}

/** Makes the findings of one check. */
export function findingOf(check: string) {
  return (level: Level, message: string, mend?: string): Finding => ({
    check,
    level,
    message,
    ...(mend === undefined ? {} : { mend }),
  })
}

/** The worst level of them all. */
export function worst(findings: readonly Finding[]): Level {
  return LEVELS[Math.max(0, ...findings.map(({ level }) => LEVELS.indexOf(level)))] ?? 'ok'
}
