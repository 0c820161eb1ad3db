import {
  advanced,
  type Bucket,
  count,
  type JsonObject,
  ownObjectKey,
  revisionIn,
  typeOf,
} from '../protocol/bucket.ts'
import { isUserId, USER_ID_RULE } from '../protocol/identity.ts'
import { jsonObjectIn } from '../protocol/input.ts'
import type { StoredBroker } from '../protocol/mqtt/broker-config.ts'
import type { Now } from '../protocol/now.ts'
import { DEFAULT_STRUCTURE_KEY, structureKeyFor, userValue } from '../protocol/pairing/claim.ts'
import type { EntryKey } from '../protocol/pairing/entry-key.ts'
import type { ThermostatState } from '../protocol/thermostat/state.ts'
import { importedBroker } from './broker.ts'
import { importedKeys } from './entry-keys.ts'
import type { SourceData, SourceState } from './source.ts'
import { identifyRows, type Leftovers, type Tally, tallyOf } from './source-rows.ts'

/**
 * Plans what an import takes from the database of the existing self-hosted server, and what it leaves.
 * Keys, revisions and timestamps stay the same: a thermostat then lists the versions that nle has, and
 * is held silently (`P10`, `P11`).
 */

/** The data that nle has already. */
export interface OnFile {
  readonly thermostats: ReadonlyMap<string, ThermostatState>
  readonly users: ReadonlySet<string>
  readonly hasBroker: boolean
}

interface ImportedUser {
  readonly userId: string
  readonly email: string | undefined
  readonly createdAtMs: number
}

export interface ImportedDevice {
  readonly serial: string
  /** Its name in the other server's data; undefined without one. */
  readonly name: string | undefined
  readonly isNew: boolean
  /** Undefined when it is unpaired there, or has an owner here already. */
  readonly owner: { readonly userId: string; readonly createdAtMs: number } | undefined
  readonly structureKey: string | undefined
  /** The buckets to write. */
  readonly buckets: readonly Bucket[]
  readonly entryKeys: readonly EntryKey[]
  readonly lastSeenAtMs: number
}

export interface ImportPlan {
  readonly users: readonly ImportedUser[]
  readonly devices: readonly ImportedDevice[]
  /** Undefined when the other server has none, or nle has one. */
  readonly broker: StoredBroker | undefined
  /** The rows that are not imported; equal reasons are counted together. */
  readonly left: Leftovers
}

/** Whether an import would change nothing. */
export function bringsNothing({ devices, users, broker }: ImportPlan): boolean {
  return devices.length === 0 && users.length === 0 && broker === undefined
}

export function planImport(source: SourceData, onFile: OnFile, now: Now): ImportPlan {
  const tally = tallyOf(source.others)
  const rows = identifyRows(source, tally)
  const keysHere = [...onFile.thermostats.values()].flatMap(({ entryKeys }) => entryKeys)
  const codesHere = keysHere.map(({ code }) => code)
  const keys = importedKeys(rows.entryKeys, codesHere, tally, now)
  const devices = [...rows.serials].sort().flatMap((serial): ImportedDevice[] => {
    const owner = rows.owners.get(serial)
    const states = rows.states.get(serial) ?? []
    const buckets = newestBuckets(serial, states, tally)
    const here = onFile.thermostats.get(serial)
    const userId = here?.owner?.userId ?? owner?.userId
    const brought = [...buckets.values()].flatMap((bucket) =>
      toWrite(userId === undefined ? bucket : named(bucket, userId, now), here, tally),
    )
    const entryKeys = keys.get(serial) ?? []
    const takesOwner = owner !== undefined && here?.owner === undefined
    if (here !== undefined && !takesOwner && brought.length === 0 && entryKeys.length === 0)
      return []
    return [
      {
        serial,
        name: nameIn(buckets.get(`shared.${serial}`)?.value),
        isNew: here === undefined,
        owner: takesOwner ? owner : undefined,
        structureKey: structureKeyIn(buckets, userId !== undefined),
        buckets: brought,
        entryKeys,
        lastSeenAtMs: lastSeen(states, now),
      },
    ]
  })
  const users = source.users.flatMap((row): ImportedUser[] => {
    const { userId, email } = row
    if (typeof userId !== 'string' || !isUserId(userId)) {
      tally.leave('users', `not a user id: ${USER_ID_RULE}`)
      return []
    }
    if (onFile.users.has(userId)) return []
    const createdAtMs = count(row.createdAt) || Math.floor(now.wallMs)
    return [{ userId, email: typeof email === 'string' ? email : undefined, createdAtMs }]
  })
  const broker = importedBroker(source.integrations, onFile.hasBroker, tally)
  return { users, devices, broker, left: tally.all() }
}

/** One bucket per key, the newest: rows may be doubled, or differ only in case. */
function newestBuckets(
  serial: string,
  states: readonly SourceState[],
  tally: Tally,
): Map<string, Bucket> {
  const buckets = new Map<string, Bucket>()
  for (const state of states) {
    const objectKey = ownObjectKey(state.objectKey, serial)
    if (objectKey === undefined) {
      tally.leave('states', 'not a bucket of the thermostat it is filed under')
      continue
    }
    const value = typeof state.value === 'string' ? jsonObjectIn(state.value) : undefined
    if (value === undefined) {
      tally.leave('states', 'the value is not a JSON object')
      continue
    }
    const { revision, timestamp } = state
    const bucket = { objectKey, revision: revisionIn(revision), timestamp: count(timestamp), value }
    const other = buckets.get(objectKey)
    if (other !== undefined) tally.leave('states', 'an older copy of a bucket that is brought')
    if (other === undefined || isNewer(bucket, other)) buckets.set(objectKey, bucket)
  }
  return buckets
}

function isNewer(a: Bucket, b: Bucket): boolean {
  return a.timestamp === b.timestamp ? a.revision > b.revision : a.timestamp > b.timestamp
}

/** A newer bucket of nle is kept; it gets the fields that it lacks, under its own version. */
function toWrite(bucket: Bucket, state: ThermostatState | undefined, tally: Tally): Bucket[] {
  const here = state?.buckets.get(bucket.objectKey)
  if (here === undefined || isNewer(bucket, here)) return [bucket]
  const lacking = Object.keys(bucket.value).some((field) => !Object.hasOwn(here.value, field))
  if (lacking && typeOf(bucket.objectKey) !== 'schedule') {
    return [{ ...here, value: { ...bucket.value, ...here.value } }]
  }
  tally.leave('states', 'nle has the same bucket already, as new or newer')
  return []
}

/** A thermostat is paired by the name in its user bucket (seed 000); some versions left it empty. */
function named(bucket: Bucket, userId: string, now: Now): Bucket {
  const { name } = bucket.value
  if (bucket.objectKey !== `user.${userId}` || (typeof name === 'string' && name !== '')) {
    return bucket
  }
  const value = { ...bucket.value, ...userValue(userId) }
  return advanced(bucket, bucket.objectKey, value, now.wallMs)
}

function structureKeyIn(
  buckets: ReadonlyMap<string, Bucket>,
  isOwned: boolean,
): string | undefined {
  const keys = [...buckets.values()]
    .filter(({ objectKey }) => typeOf(objectKey) === 'structure')
    .sort((a, b) => b.timestamp - a.timestamp)
    .map(({ objectKey }) => objectKey)
  return structureKeyFor(undefined, keys) ?? (isOwned ? DEFAULT_STRUCTURE_KEY : undefined)
}

function nameIn(shared: JsonObject | undefined): string | undefined {
  return [shared?.label, shared?.name].find(
    (name): name is string => typeof name === 'string' && name !== '',
  )
}

function lastSeen(states: readonly SourceState[], now: Now): number {
  const latest = Math.max(0, ...states.map(({ updatedAt }) => count(updatedAt)))
  return latest === 0 ? Math.floor(now.wallMs) : Math.min(latest, Math.floor(now.wallMs))
}
