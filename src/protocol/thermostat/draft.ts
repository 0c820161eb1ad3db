import type { Bucket } from '../bucket.ts'
import { type Change, isOpenChange } from '../delivery/change.ts'
import type { Now } from '../now.ts'
import type { EntryKey } from '../pairing/entry-key.ts'
import type { KnownPassword } from '../pairing/password.ts'
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
  type DeviceRecord,
  emptyState,
  type Owner,
  type StoredBucket,
  type ThermostatState,
} from './state.ts'

/**
 * A decision while it is made: reads the loaded state as changed so far, and collects writes, pushes and
 * log notes. It serves one run of one decision and has no effect outside.
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
  #rows: Pick<Writes, 'device' | 'owner' | 'password'> = {}
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
    return orBefore(this.#rows.device, this.#before.device)
  }

  get owner(): Owner | undefined {
    return orBefore(this.#rows.owner, this.#before.owner)
  }

  /** The changes that are not settled, oldest first. */
  get changes(): readonly Change[] {
    if (this.#changeWrites.size === 0) return this.#before.changes
    return written(this.#before.changes, ({ id }) => id, this.#changeWrites).filter(
      ({ settled }) => !settled,
    )
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
   * Writes a bucket whose version is already advanced.
   *
   * @param why - for the log
   */
  putBucket(bucket: Bucket, why: string): StoredBucket {
    const text = JSON.stringify(bucket.value)
    const stored = { ...bucket, length: text.length }
    this.#deletedBuckets.delete(bucket.objectKey)
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
    this.#rows = { ...this.#rows, device }
  }

  setOwner(owner: Owner | null): void {
    this.#rows = { ...this.#rows, owner }
    this.#isChanged = true
  }

  setPassword(password: KnownPassword | null): void {
    this.#rows = { ...this.#rows, password }
  }

  putKey(key: EntryKey): void {
    this.#keyWrites.set(key.code, key)
  }

  deleteKeys(): void {
    this.#keyWrites.clear()
    this.#deletesKeys = this.#before.entryKeys.length > 0
  }

  /** Removes the thermostat with all of its data. */
  remove(): void {
    this.#rows = { ...this.#rows, device: null }
    this.#isChanged = true
  }

  /** Writes a change as it is now, and announces it when its delivery state moved. */
  saveChange(change: Change): void {
    const before =
      this.#changeWrites.get(change.id) ?? this.#before.changes.find(({ id }) => id === change.id)
    this.#changeWrites.set(change.id, change)
    if (before?.state !== change.state) this.announce(change)
  }

  /**
   * Queues a new change under the next free id, without announcing it.
   *
   * @param commandId - of the command's first change; left out for that one
   */
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

  /** Tells listeners about a change (`Decision.moved`). */
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

  /** The thermostat looks different to readers (`Decision.isChanged`). */
  markChanged(): void {
    this.#isChanged = true
  }

  /** Asks for a retry at this time; the earliest one counts. Undefined asks for none. */
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
      ...this.#rows,
      entryKeys: [...this.#keyWrites.values()],
      deletedKeys: this.#deletesKeys ? this.#before.entryKeys.map(({ code }) => code) : [],
      buckets: [...this.#bucketWrites.values()],
      deletedBuckets: [...this.#deletedBuckets],
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
      password: orBefore(this.#rows.password, this.#before.password),
      entryKeys: written(
        this.#deletesKeys ? [] : this.#before.entryKeys,
        ({ code }) => code,
        this.#keyWrites,
      ),
      buckets: this.#nextBuckets(),
      changes: this.changes,
    }
  }
}

/** A row as it is after the decision: null deletes it, undefined leaves it as it was. */
function orBefore<T>(row: T | null | undefined, before: T | undefined): T | undefined {
  return row === undefined ? before : (row ?? undefined)
}

/** These items as written since, new ones last. */
function written<K, T>(before: readonly T[], keyOf: (item: T) => K, writes: Map<K, T>): T[] {
  const entries = before.map((item) => [keyOf(item), item] as const)
  return [...new Map([...entries, ...writes]).values()]
}
