import type { Change } from '../delivery/change.ts'
import type { Now } from '../now.ts'
import type { EntryKey } from '../pairing/entry-key.ts'
import type { Push } from '../transport/hold.ts'
import type { Memory } from './memory.ts'
import type { DevicePin, DeviceRecord, Owner, StoredBucket, ThermostatState } from './state.ts'

/** The connections that this server process holds of one thermostat. */
export interface HeldConnections {
  readonly count: number
  /** Whether the thermostat listed this bucket on one of them. */
  lists(objectKey: string): boolean
  /** The latest timestamp that it listed for a bucket on one of them; 0 when it did not. */
  listedTimestamp(objectKey: string): number
}

export const NOTHING_HELD: HeldConnections = {
  count: 0,
  lists: () => false,
  listedTimestamp: () => 0,
}

/** What a decision about one thermostat may read, beside the request itself. */
export interface DecisionInput {
  readonly state: ThermostatState
  readonly held: HeldConnections
  readonly memory: Memory
  readonly now: Now
  /** The first id that this decision may give to a change, reserved with all that follow it. */
  readonly nextChangeId: number
}

/** What a decision wants on file, all of it about one thermostat. Rows are whole, as they are now. */
export interface Writes {
  /** Null: the thermostat is removed with everything that is its own. */
  readonly device?: DeviceRecord | null
  readonly owner?: Owner | null
  readonly pin?: DevicePin | null
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
  readonly level: 'info' | 'debug'
  readonly event: string
  readonly fields: Readonly<Record<string, string | number>>
}

/**
 * What is to be done about one request of one thermostat: on file first, then told. A decision is
 * plain data without any effect of its own, so it may be made again on fresher state.
 */
export interface Decision<Reply> {
  /** The state once the writes are on file; the same object as before when there are none. */
  readonly state: ThermostatState
  readonly writes: Writes
  readonly memory: Memory
  /** To every connection held, in this order. */
  readonly pushes: readonly Push[]
  /** The changes whose delivery state moved, for those who watch (`D1`). */
  readonly moved: readonly Change[]
  /** Whether a reader sees something different of the thermostat now. */
  readonly isChanged: boolean
  readonly notes: readonly LogNote[]
  /** Steady clock, ms: when the open changes are to be tried again on what is held then. */
  readonly retryAtSteadyMs: number | undefined
  readonly reply: Reply
}

const NO_WRITES: Writes = {
  entryKeys: [],
  deletedKeys: [],
  buckets: [],
  deletedBuckets: [],
  changes: [],
}

/** A decision that writes and pushes nothing. */
export function onlyReply<Reply>(
  { state, memory }: Pick<DecisionInput, 'state' | 'memory'>,
  reply: Reply,
): Decision<Reply> {
  return {
    state,
    writes: NO_WRITES,
    memory,
    pushes: [],
    moved: [],
    isChanged: false,
    notes: [],
    retryAtSteadyMs: undefined,
    reply,
  }
}

/** Whether nothing is to be put on file. */
export function isEmpty(writes: Writes): boolean {
  return (
    writes.device === undefined &&
    writes.owner === undefined &&
    writes.pin === undefined &&
    writes.entryKeys.length +
      writes.deletedKeys.length +
      writes.buckets.length +
      writes.deletedBuckets.length +
      writes.changes.length ===
      0
  )
}
