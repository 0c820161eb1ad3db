import type { Change } from '../delivery/change.ts'
import type { Now } from '../now.ts'
import type { EntryKey } from '../pairing/entry-key.ts'
import type { KnownPassword } from '../pairing/password.ts'
import type { Push } from '../transport/hold.ts'
import type { Memory } from './memory.ts'
import type { DeviceRecord, Owner, StoredBucket, ThermostatState } from './state.ts'

/** The connections of one thermostat that this server process holds. */
export interface HeldConnections {
  readonly count: number
  /** Whether they are long polls of transport v3, which one bucket answers (`V6`). */
  readonly polls: boolean
  /** Whether the thermostat listed this bucket on one of them. */
  lists(objectKey: string): boolean
  /** The latest timestamp listed for this bucket on one of them; 0 without any. */
  listedTimestamp(objectKey: string): number
}

export const NOTHING_HELD: HeldConnections = {
  count: 0,
  polls: false,
  lists: () => false,
  listedTimestamp: () => 0,
}

/** What a decision about one thermostat reads, besides the request itself. */
export interface DecisionInput {
  readonly state: ThermostatState
  readonly held: HeldConnections
  readonly memory: Memory
  readonly now: Now
  /** The id for the first new change of this decision; further ones count on from it. */
  readonly nextChangeId: number
}

/** What a decision writes about one thermostat. Every row is complete; undefined leaves it as it is. */
export interface Writes {
  /** Null removes the thermostat with all of its data. */
  readonly device?: DeviceRecord | null
  readonly owner?: Owner | null
  readonly password?: KnownPassword | null
  readonly entryKeys: readonly EntryKey[]
  readonly deletedKeys: readonly string[]
  readonly buckets: readonly BucketWrite[]
  readonly deletedBuckets: readonly string[]
  readonly changes: readonly Change[]
}

export interface BucketWrite {
  readonly bucket: StoredBucket
  /** The JSON text of its value. */
  readonly text: string
  /** For the log. */
  readonly why: string
}

/** One line for the operator's log, written after the commit. */
export interface LogNote {
  readonly level: 'warn' | 'info' | 'debug'
  readonly event: string
  readonly fields: Readonly<Record<string, string | number>>
}

/**
 * What to do about one request of one thermostat: the writes are committed first, then the rest is
 * published. A decision is plain data without effects, so a store may make it again on fresher state.
 */
export interface Decision<Reply> {
  /** The state after the writes; the same object as before when there are none. */
  readonly state: ThermostatState
  readonly writes: Writes
  readonly memory: Memory
  /** For every held connection, in this order. */
  readonly pushes: readonly Push[]
  /** The changes whose delivery state moved (`D1`). */
  readonly moved: readonly Change[]
  /** Whether the thermostat looks different to readers. */
  readonly isChanged: boolean
  readonly notes: readonly LogNote[]
  /** Steady clock, ms: when to push the open changes again to the connections held then. */
  readonly retryAtSteadyMs: number | undefined
  readonly reply: Reply
}

/** A decision that writes and pushes nothing. */
export function onlyReply<Reply>(
  { state, memory }: Pick<DecisionInput, 'state' | 'memory'>,
  reply: Reply,
): Decision<Reply> {
  return {
    state,
    writes: { entryKeys: [], deletedKeys: [], buckets: [], deletedBuckets: [], changes: [] },
    memory,
    pushes: [],
    moved: [],
    isChanged: false,
    notes: [],
    retryAtSteadyMs: undefined,
    reply,
  }
}

/** Whether there is nothing to write. */
export function isEmpty(writes: Writes): boolean {
  return rowsIn(writes) === 0
}

/** How many rows are written or deleted. */
export function rowsIn(writes: Writes): number {
  const { device, owner, password, entryKeys, deletedKeys, buckets, deletedBuckets, changes } =
    writes
  return (
    Number(device !== undefined) +
    Number(owner !== undefined) +
    Number(password !== undefined) +
    entryKeys.length +
    deletedKeys.length +
    buckets.length +
    deletedBuckets.length +
    changes.length
  )
}
