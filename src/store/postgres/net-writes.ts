import type { Change } from '../../protocol/delivery/change.ts'
import type { EntryKey } from '../../protocol/pairing/entry-key.ts'
import type { BucketWrite, Writes } from '../../protocol/thermostat/decision.ts'
import type { Owner, ThermostatState } from '../../protocol/thermostat/state.ts'

/** What several decisions about one thermostat write together: a later row takes the place of an earlier one. */
export class NetWrites {
  readonly serial: string
  /** The version that was decided on; undefined for a thermostat that was not on file. */
  readonly version: number | undefined
  /** The state after the last decision. */
  state: ThermostatState
  isRemoved = false
  /** A new owner, who may be a new user. */
  owner: Owner | undefined
  readonly keys = new Map<string, EntryKey>()
  readonly deletedKeys = new Set<string>()
  readonly buckets = new Map<string, BucketWrite>()
  readonly deletedBuckets = new Set<string>()
  readonly changes = new Map<number, Change>()

  constructor(serial: string, version: number | undefined, state: ThermostatState) {
    this.serial = serial
    this.version = version
    this.state = state
  }

  /** No decision follows one that removes the thermostat. */
  add(writes: Writes, state: ThermostatState): void {
    this.state = state
    this.isRemoved = writes.device === null
    if (writes.owner !== undefined) this.owner = writes.owner ?? undefined
    for (const code of writes.deletedKeys) {
      this.keys.delete(code)
      this.deletedKeys.add(code)
    }
    for (const key of writes.entryKeys) this.keys.set(key.code, key)
    for (const objectKey of writes.deletedBuckets) {
      this.buckets.delete(objectKey)
      this.deletedBuckets.add(objectKey)
    }
    for (const write of writes.buckets) this.buckets.set(write.bucket.objectKey, write)
    for (const change of writes.changes) this.changes.set(change.id, change)
  }
}
