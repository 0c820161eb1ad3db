import type { Config } from '../../config.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import type { OriginRemark } from '../../protocol/lan/typed-origin.ts'
import type { Origin } from '../../server/lan/origin.ts'
import type { ServerRecord } from '../../store/store.ts'
import type { DoctorWorld } from './world.ts'

/** What the checks look at. */
export interface Subject {
  readonly config: Config
  /** About the origin that was typed (`E6`). */
  readonly remarks: readonly OriginRemark[]
  readonly databasePath: string
  /** Wall clock, ms. */
  readonly nowMs: number
  readonly world: DoctorWorld
  /** The server that runs on this database. */
  readonly running: ServerRecord | undefined
  /** Asks that server, by its socket where this user may open it; undefined when it does not answer. */
  askServer(target: string): Promise<JsonObject | undefined>
  /** That server answers, but not without another token. */
  readonly isRefused: boolean
  /** That server's trouble; undefined when it is well or does not answer. */
  readonly trouble: { readonly kind: string; readonly reason: string } | undefined
  /** That server's status of each thermostat; undefined when it does not answer. */
  readonly status: readonly JsonObject[] | undefined
  /** The origin that thermostats are told. */
  readonly origin: Origin
}

/** `note` is worth knowing, `warning` needs a look, `problem` keeps nle from working. */
export type Level = 'ok' | 'note' | 'warning' | 'problem'

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
  const order: readonly Level[] = ['ok', 'note', 'warning', 'problem']
  return order[Math.max(0, ...findings.map(({ level }) => order.indexOf(level)))] ?? 'ok'
}
