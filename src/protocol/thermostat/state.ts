import type { Bucket } from '../bucket.ts'
import { type Change, isOpenChange } from '../delivery/change.ts'
import { type EntryKey, isOpen } from '../pairing/entry-key.ts'

/** A thermostat that has called, paired or not. Times are wall clock, ms. */
export interface DeviceRecord {
  readonly model: string | null
  readonly macAddress: string | null
  readonly softwareVersion: string | null
  /** The structure bucket it uses (`P10`); null until it lists one or is claimed. */
  readonly structureKey: string | null
  readonly firstSeenAtMs: number
  readonly lastSeenAtMs: number
}

/** The user a thermostat belongs to. */
export interface Owner {
  readonly userId: string
  /** Wall clock, ms. */
  readonly createdAtMs: number
}

/** The password a thermostat has to send, hashed (`DEVICE_AUTH=pin`). */
export interface DevicePin {
  /** Hex. */
  readonly salt: string
  /** HMAC-SHA-256 of the password under the salt, hex. */
  readonly hash: string
  /** Wall clock, ms. */
  readonly pinnedAtMs: number
}

/** A bucket on file. Its value may be parsed only when it is first read. */
export interface StoredBucket extends Bucket {
  /** Characters of its JSON text. */
  readonly length: number
}

/**
 * Everything on file about one thermostat. A decision reads this and nothing else; it is never
 * changed in place, so that the store may keep it for the next request.
 */
export interface ThermostatState {
  readonly serial: string
  /** Undefined: the thermostat is not on file. */
  readonly device: DeviceRecord | undefined
  readonly owner: Owner | undefined
  readonly pin: DevicePin | undefined
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
    pin: undefined,
    entryKeys: [],
    buckets: new Map(),
    changes: [],
  }
}

/** The changes still on their way, oldest first. */
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
    .reduce<EntryKey | undefined>(
      (last, key) =>
        last === undefined || key.expiresAtSteadyMs > last.expiresAtSteadyMs ? key : last,
      undefined,
    )
}

/** The entry key that was claimed last (`P7`). */
export function claimedKeyOf({
  entryKeys,
}: Pick<ThermostatState, 'entryKeys'>): EntryKey | undefined {
  return entryKeys.reduce<EntryKey | undefined>(
    (last, key) =>
      key.claimedAtMs !== null && key.claimedAtMs >= (last?.claimedAtMs ?? 0) ? key : last,
    undefined,
  )
}
