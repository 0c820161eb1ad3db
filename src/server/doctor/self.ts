import type { Config } from '../../config.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import type { OriginRemark } from '../../protocol/lan/typed-origin.ts'
import type { Core } from '../core/core.ts'
import type { AnnouncerState } from '../lan/announcer.ts'
import type { Origin } from '../lan/origin.ts'
import { statusAnswer } from '../thermostats/views.ts'
import { examine } from './examine.ts'
import type { Finding } from './finding.ts'
import { thisMachine } from './machine.ts'

/** To check so many bytes takes a fraction of a second, during which no thermostat is served. */
const MAX_CHECKED_BYTES = 8 * 1024 * 1024

/** What a running server finds wrong with itself. */
export async function examineSelf(
  core: Core,
  known: {
    readonly config: Config
    readonly remarks: readonly OriginRemark[]
    readonly databasePath: string
    /** Wall clock, ms. */
    readonly startedAtMs: number
    readonly origin: Origin
    readonly mqtt: JsonObject
    readonly matter: Readonly<Record<string, unknown>>
    readonly announced: AnnouncerState
  },
): Promise<Finding[]> {
  await core.health.look()
  const { wallMs: nowMs, steadyMs } = core.clock.now()
  return examine({
    ...known,
    nowMs,
    steadyMs,
    store: core.store,
    maxCheckedBytes: MAX_CHECKED_BYTES,
    machine: thisMachine(),
    live: {
      startedAtMs: known.startedAtMs,
      trouble: core.health.trouble,
      mqtt: known.mqtt,
      matter: known.matter,
      announced: known.announced,
      status: (serial) => statusAnswer(core, serial),
    },
  })
}
