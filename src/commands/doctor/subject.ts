import type { Config } from '../../config.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import type { Origin } from '../../server/lan/origin.ts'
import type { ServerRecord } from '../../store/store.ts'
import type { DoctorWorld } from './world.ts'

/** What is examined. */
export interface Subject {
  readonly config: Config
  readonly databasePath: string
  /** Wall clock, ms. */
  readonly nowMs: number
  readonly world: DoctorWorld
  /** The server that runs on this database. */
  readonly running: ServerRecord | undefined
  /** What troubles that server; undefined when all is well, or none answers. */
  readonly trouble: { readonly kind: string; readonly reason: string } | undefined
  /** What that server knows of its thermostats; undefined when none answers. */
  readonly status: readonly JsonObject[] | undefined
  /** What thermostats are told. */
  readonly origin: Origin
}
