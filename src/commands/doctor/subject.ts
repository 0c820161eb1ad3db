import type { Config } from '../../config.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import type { Origin } from '../../server/lan/origin.ts'
import type { ServerRecord } from '../../store/store.ts'
import type { DoctorWorld } from './world.ts'

/** What the checks look at. */
export interface Subject {
  readonly config: Config
  readonly databasePath: string
  /** Wall clock, ms. */
  readonly nowMs: number
  readonly world: DoctorWorld
  /** The server that runs on this database. */
  readonly running: ServerRecord | undefined
  /** That server's trouble; undefined when it is well or does not answer. */
  readonly trouble: { readonly kind: string; readonly reason: string } | undefined
  /** That server's status of each thermostat; undefined when it does not answer. */
  readonly status: readonly JsonObject[] | undefined
  /** The origin that thermostats are told. */
  readonly origin: Origin
}
