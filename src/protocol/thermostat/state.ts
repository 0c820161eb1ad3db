import type { Bucket } from '../bucket.ts'
import { type Change, isOpenChange } from '../delivery/change.ts'
import { type EntryKey, isOpen } from '../pairing/entry-key.ts'
import type { KnownPassword } from '../pairing/password.ts'

/** The pairing buckets that polls pushed since the last claim and the last `/entry` (`V8`). */
export type PolledPairing = 'none' | 'user' | 'both'

/** A name that a person gave a thermostat here. */
export interface GivenName {
  readonly name: string
  /** The name that the thermostat itself had before; empty for none. It gets that one back. */
  readonly former: string
}

/** A thermostat, paired or not. Times are wall clock, ms. */
export interface DeviceRecord {
  readonly model: string | null
  readonly macAddress: string | null
  readonly softwareVersion: string | null
  /** Its structure bucket (`P10`); null until it lists one or is claimed. */
  readonly structureKey: string | null
  /** Null for a thermostat that does not poll, which is every one but those of transport v3. */
  readonly polledPairing: PolledPairing | null
  /**
   * The object keys of which the server misses an upload: the bucket is on file only in part, or the
   * thermostat may have other values (`D1`).
   */
  readonly awaitedUploads: readonly string[]
  /** Whether the operator pinned it to its known password; see `isPinned` for whether any other is refused. */
  readonly isPinned: boolean
  /** Shown before every name that the thermostat reports; null for none. */
  readonly givenName: GivenName | null
  readonly firstSeenAtMs: number
  readonly lastSeenAtMs: number
}

/** The user who owns a thermostat. */
export interface Owner {
  readonly userId: string
  /** Wall clock, ms. */
  readonly createdAtMs: number
}

/** A bucket on file. A store may parse its value when it is first read. */
export interface StoredBucket extends Bucket {
  /** Characters of its JSON text. */
  readonly length: number
}

/**
 * Everything on file about one thermostat. A decision reads nothing else from the store. It is never
 * changed in place, so the store may keep it for the next request.
 */
export interface ThermostatState {
  readonly serial: string
  /** Undefined for a thermostat that is not on file. */
  readonly device: DeviceRecord | undefined
  readonly owner: Owner | undefined
  /** Undefined for an unpaired thermostat, and for one that has shown none. */
  readonly password: KnownPassword | undefined
  /** Open, expired and claimed ones, oldest first. */
  readonly entryKeys: readonly EntryKey[]
  readonly buckets: ReadonlyMap<string, StoredBucket>
  /** The changes that are not settled, oldest first (`D1`). */
  readonly changes: readonly Change[]
}

/** The state of a thermostat that is not on file. */
export function emptyState(serial: string): ThermostatState {
  return {
    serial,
    device: undefined,
    owner: undefined,
    password: undefined,
    entryKeys: [],
    buckets: new Map(),
    changes: [],
  }
}

/** The changes that have not ended, oldest first. */
export function openChanges({ changes }: Pick<ThermostatState, 'changes'>): Change[] {
  return changes.filter(isOpenChange)
}

/** The entry key that can still be claimed; of several, the one that expires last. */
export function openKeyOf(
  { entryKeys }: Pick<ThermostatState, 'entryKeys'>,
  steadyMs: number,
): EntryKey | undefined {
  return entryKeys
    .filter((key) => isOpen(key, steadyMs))
    .sort((a, b) => b.expiresAtSteadyMs - a.expiresAtSteadyMs)[0]
}

/** The entry key that was claimed last (`P7`); of two at one instant, the newer key. */
export function claimedKeyOf({ entryKeys }: ThermostatState): EntryKey | undefined {
  return entryKeys
    .filter(({ claimedAtMs }) => claimedAtMs !== null)
    .sort((a, b) => (a.claimedAtMs ?? 0) - (b.claimedAtMs ?? 0))
    .at(-1)
}
