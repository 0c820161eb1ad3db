import type { Bucket } from '../bucket.ts'
import { type Change, isOpenChange } from '../delivery/change.ts'
import type { Now } from '../now.ts'
import type { EntryKey } from '../pairing/entry-key.ts'
import type { Push } from '../transport/hold.ts'
import {
  type BucketWrite,
  type Decision,
  type DecisionInput,
  type HeldConnections,
  isEmpty,
  type LogNote,
  type Writes,
} from './decision.ts'
import { MemoryDraft } from './memory.ts'
import {
  type DevicePin,
  type DeviceRecord,
  emptyState,
  type Owner,
  type StoredBucket,
  type ThermostatState,
} from './state.ts'

/**
 * A decision while it is made: reads the loaded state as changed so far, and gathers what is to be
 * written, pushed and told. It belongs to one run of one decision and has no effect outside.
 */
export class Draft {
  readonly serial: string
  readonly now: Now
  readonly held: HeldConnections
  readonly memory: MemoryDraft
  readonly #before: ThermostatState
  readonly #bucketWrites = new Map<string, BucketWrite>()
  readonly #deletedBuckets = new Set<string>()
  readonly #changeWrites = new Map<number, Change>()
  readonly #keyWrites = new Map<string, EntryKey>()
  readonly #moved: Change[] = []
  readonly #pushes: Push[] = []
  readonly #notes: LogNote[] = []
  #device: DeviceRecord | null | undefined
  #owner: Owner | null | undefined
  #pin: DevicePin | null | undefined
  #deletesKeys = false
  #isChanged = false
  #nextChangeId: number
  #retryAtSteadyMs: number | undefined

  constructor({ state, held, memory, now, nextChangeId }: DecisionInput) {
    this.serial = state.serial
    this.now = now
    this.held = held
    this.memory = new MemoryDraft(memory)
    this.#before = state
    this.#nextChangeId = nextChangeId
  }

  get device(): DeviceRecord | undefined {
    return this.#device === undefined ? this.#before.device : (this.#device ?? undefined)
  }

  get owner(): Owner | undefined {
    return this.#owner === undefined ? this.#before.owner : (this.#owner ?? undefined)
  }

  get pin(): DevicePin | undefined {
    return this.#pin === undefined ? this.#before.pin : (this.#pin ?? undefined)
  }

  get entryKeys(): readonly EntryKey[] {
    if (this.#deletesKeys) return []
    if (this.#keyWrites.size === 0) return this.#before.entryKeys
    const kept = this.#before.entryKeys.map((key) => this.#keyWrites.get(key.code) ?? key)
    const known = new Set(kept.map(({ code }) => code))
    return [...kept, ...[...this.#keyWrites.values()].filter(({ code }) => !known.has(code))]
  }

  /** The changes that are not settled, oldest first. */
  get changes(): readonly Change[] {
    if (this.#changeWrites.size === 0) return this.#before.changes
    const kept = this.#before.changes.map((change) => this.#changeWrites.get(change.id) ?? change)
    const last = this.#before.changes.at(-1)?.id ?? 0
    const added = [...this.#changeWrites.values()].filter(({ id }) => id > last)
    return [...kept, ...added].filter(({ settled }) => !settled)
  }

  get openChanges(): Change[] {
    return this.changes.filter(isOpenChange)
  }

  bucket(objectKey: string): StoredBucket | undefined {
    const written = this.#bucketWrites.get(objectKey)
    if (written !== undefined) return written.bucket
    return this.#deletedBuckets.has(objectKey) ? undefined : this.#before.buckets.get(objectKey)
  }

  buckets(): StoredBucket[] {
    return [...this.#nextBuckets().values()]
  }

  /**
   * Stores a bucket whose version is already advanced.
   *
   * @param why - for the log
   */
  putBucket(bucket: Bucket, why: string): StoredBucket {
    const text = JSON.stringify(bucket.value)
    const stored = { ...bucket, length: text.length }
    this.#bucketWrites.set(bucket.objectKey, { bucket: stored, text, why })
    this.#isChanged = true
    return stored
  }

  deleteBucket(objectKey: string): void {
    if (this.bucket(objectKey) === undefined) return
    this.#bucketWrites.delete(objectKey)
    this.#deletedBuckets.add(objectKey)
    this.#isChanged = true
  }

  setDevice(device: DeviceRecord): void {
    this.#device = device
  }

  setOwner(owner: Owner | null): void {
    this.#owner = owner
    this.#isChanged = true
  }

  setPin(pin: DevicePin | null): void {
    this.#pin = pin
  }

  putKey(key: EntryKey): void {
    this.#keyWrites.set(key.code, key)
  }

  deleteKeys(): void {
    this.#keyWrites.clear()
    this.#deletesKeys = this.#before.entryKeys.length > 0
  }

  /** The thermostat goes, with everything that is its own. */
  remove(): void {
    this.#device = null
    this.#isChanged = true
  }

  /** Stores a change as it is now; those who watch are told when its delivery state moved. */
  saveChange(change: Change): void {
    const before =
      this.#changeWrites.get(change.id) ?? this.#before.changes.find(({ id }) => id === change.id)
    this.#changeWrites.set(change.id, change)
    if (before?.state === change.state) return
    this.#moved.push(change)
    this.#isChanged = true
  }

  /** Queues a new change under the next reserved id, which is its command's unless one is named. */
  addChange(
    change: Pick<
      Change,
      'command' | 'objectKey' | 'fields' | 'kind' | 'createdAtMs' | 'expiresAtSteadyMs'
    >,
    commandId?: number,
  ): Change {
    const id = this.#nextChangeId++
    const added: Change = {
      id,
      commandId: commandId ?? id,
      serial: this.serial,
      command: change.command,
      objectKey: change.objectKey,
      fields: change.fields,
      kind: change.kind,
      state: 'queued',
      sends: 0,
      push: null,
      createdAtMs: Math.floor(change.createdAtMs),
      expiresAtSteadyMs:
        change.expiresAtSteadyMs === null ? null : Math.floor(change.expiresAtSteadyMs),
      sentAt: null,
      endedAtMs: null,
      reason: null,
      settled: false,
    }
    this.#changeWrites.set(id, added)
    return added
  }

  /** Tells those who watch of a change that was added. */
  announce(change: Change): void {
    this.#moved.push(change)
    this.#isChanged = true
  }

  push(push: Push): void {
    this.#pushes.push(push)
  }

  note(level: LogNote['level'], event: string, fields: LogNote['fields'] = {}): void {
    this.#notes.push({ level, event, fields: { serial: this.serial, ...fields } })
  }

  /** Something else that readers see of this thermostat is different. */
  markChanged(): void {
    this.#isChanged = true
  }

  /** @param steadyMs - the earliest of the times asked for counts; undefined asks for none */
  retryAt(steadyMs: number | undefined): void {
    if (steadyMs === undefined) return
    this.#retryAtSteadyMs = Math.min(this.#retryAtSteadyMs ?? Number.POSITIVE_INFINITY, steadyMs)
  }

  decision<Reply>(reply: Reply): Decision<Reply> {
    const writes = this.#writes()
    return {
      state: this.#nextState(writes),
      writes,
      memory: this.memory.result,
      pushes: this.#pushes,
      moved: this.#moved,
      isChanged: this.#isChanged,
      notes: this.#notes,
      retryAtSteadyMs: this.#retryAtSteadyMs,
      reply,
    }
  }

  #writes(): Writes {
    return {
      ...(this.#device === undefined ? {} : { device: this.#device }),
      ...(this.#owner === undefined ? {} : { owner: this.#owner }),
      ...(this.#pin === undefined ? {} : { pin: this.#pin }),
      entryKeys: [...this.#keyWrites.values()],
      deletedKeys: this.#deletesKeys ? this.#before.entryKeys.map(({ code }) => code) : [],
      buckets: [...this.#bucketWrites.values()],
      deletedBuckets: [...this.#deletedBuckets].filter((key) => !this.#bucketWrites.has(key)),
      changes: [...this.#changeWrites.values()],
    }
  }

  #nextBuckets(): ReadonlyMap<string, StoredBucket> {
    if (this.#bucketWrites.size + this.#deletedBuckets.size === 0) return this.#before.buckets
    const next = new Map(this.#before.buckets)
    for (const key of this.#deletedBuckets) next.delete(key)
    for (const [key, { bucket }] of this.#bucketWrites) next.set(key, bucket)
    return next
  }

  #nextState(writes: Writes): ThermostatState {
    const { serial } = this
    if (isEmpty(writes)) return this.#before
    if (writes.device === null) return emptyState(serial)
    return {
      serial,
      device: this.device,
      owner: this.owner,
      pin: this.pin,
      entryKeys: this.entryKeys,
      buckets: this.#nextBuckets(),
      changes: this.changes,
    }
  }
}
