import type { Change } from '../protocol/delivery/change.ts'
import type { Writes } from '../protocol/thermostat/decision.ts'
import type { ThermostatState } from '../protocol/thermostat/state.ts'
import { MATTER, MQTT, NOTICES, RECEIVERS, type Store } from './store.ts'

const INTEGRATIONS = [MQTT, RECEIVERS, NOTICES, MATTER]
/** States that are read at once. */
const AT_ONCE = 100

/** What was copied. */
export interface CopiedCounts {
  readonly thermostats: number
  readonly paired: number
  readonly buckets: number
}

/**
 * Copies everything from one store into an empty one, but the sessions of browsers. Thermostats, users and changes
 * are written in one transaction, and last: until then the target counts as empty.
 *
 * @param shiftMs - from the steady clock of the one to that of the other
 */
export async function copyStore(
  from: Store,
  to: Store,
  nowMs: number,
  shiftMs: number,
): Promise<CopiedCounts> {
  const thermostats: { serial: string; writes: Writes }[] = []
  const serials = await from.serials()
  for (let at = 0; at < serials.length; at += AT_ONCE) {
    const some = serials.slice(at, at + AT_ONCE)
    thermostats.push(
      ...(await Promise.all(
        some.map(async (serial) => ({ serial, writes: await writesOf(from, serial, shiftMs) })),
      )),
    )
  }
  const known = new Set((await to.tokens()).map(({ id }) => id))
  for (const token of await from.tokens()) if (!known.has(token.id)) await to.insertToken(token)
  for (const name of INTEGRATIONS) {
    const config = await from.integration(name)
    if (config !== undefined) await to.setIntegration(name, config, nowMs)
  }
  await to.setMatterValues(await from.matterValues())
  const users = await from.accounts()
  // Changes that were deleted count, too: their ids may be in the notes of a person or a program.
  const latestChangeId = await from.latestChangeId()
  await to.importData({ users, thermostats, broker: undefined, latestChangeId, nowMs })
  return {
    thermostats: thermostats.length,
    paired: thermostats.filter(({ writes }) => writes.owner !== undefined).length,
    buckets: thermostats.reduce((sum, { writes }) => sum + writes.buckets.length, 0),
  }
}

async function writesOf(from: Store, serial: string, shiftMs: number): Promise<Writes> {
  const state = await from.load(serial)
  const commands = await from.recentCommands(serial, Number.MAX_SAFE_INTEGER)
  const { device, owner, password, entryKeys } = state
  return {
    ...(device === undefined ? {} : { device }),
    ...(owner === undefined ? {} : { owner }),
    ...(password === undefined ? {} : { password }),
    entryKeys: entryKeys.map((key) => ({
      ...key,
      expiresAtSteadyMs: key.expiresAtSteadyMs + shiftMs,
    })),
    deletedKeys: [],
    buckets: bucketsOf(state),
    deletedBuckets: [],
    changes: commands.flat().map((change) => shifted(change, shiftMs)),
  }
}

function bucketsOf({ buckets }: ThermostatState): Writes['buckets'] {
  return [...buckets.values()].map((bucket) => ({
    bucket,
    text: JSON.stringify(bucket.value),
    why: 'copied from another database',
  }))
}

function shifted(change: Change, ms: number): Change {
  const { expiresAtSteadyMs, sentAt } = change
  return {
    ...change,
    expiresAtSteadyMs: expiresAtSteadyMs === null ? null : expiresAtSteadyMs + ms,
    sentAt: sentAt === null ? null : { ...sentAt, steadyMs: sentAt.steadyMs + ms },
  }
}
