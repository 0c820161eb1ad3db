import {
  type BucketVersion,
  COMPANION_FIELDS,
  isObject,
  type JsonObject,
  mergeValue,
  sameValue,
} from '../bucket.ts'
import type { Now } from '../now.ts'
import { SETPOINT_LIFETIME_MS } from '../setpoint.ts'

/**
 * A pending change: the fields of one bucket that a person set, on their way to the thermostat
 * (section 6). Only these are ever pushed: anything else riding along would fight the thermostat's
 * own schedule.
 */
export interface Change {
  readonly id: number
  /** Changes of one command share this: the id of the first of them. */
  readonly commandId: number
  readonly serial: string
  readonly command: string
  readonly objectKey: string
  readonly fields: JsonObject
  readonly kind: ChangeKind
  readonly state: ChangeState
  /** How often it was written to a connection, repeats within seconds not counted. */
  readonly sends: number
  /** The version under which it was last handed to a connection; null before that. */
  readonly push: PushVersion | null
  /** Wall clock, ms. */
  readonly createdAtMs: number
  /** Steady clock, ms; null when it never expires. */
  readonly expiresAtSteadyMs: number | null
  /** When it was last written to a connection. */
  readonly sentAt: Now | null
  /** Wall clock, ms; null while it is open. */
  readonly endedAtMs: number | null
  /** For people: why it ended otherwise than confirmed. */
  readonly reason: string | null
  /**
   * Whether it is known what the device made of it. A change that ended under way may still have
   * reached the device, and then the bucket on file has to follow.
   */
  readonly settled: boolean
}

/** The version a change goes out under, and the time its time-bound fields say. */
export interface PushVersion extends BucketVersion {
  /** Wall clock, ms (`D5`). */
  readonly stampedAtMs: number
  /**
   * The first version it went out under without a put in between: a device that shows this one or a
   * later one has the change. Null once a put has overtaken the push.
   */
  readonly since: BucketVersion | null
}

export type ChangeKind = 'setpoint' | 'setting' | 'schedule'
export type OpenState = 'queued' | 'sent'
export type EndState = 'confirmed' | 'superseded' | 'expired' | 'ignored'
export type ChangeState = OpenState | EndState

/** What a command asks for; the store gives it its id. */
export type NewChange = Pick<Change, 'command' | 'objectKey' | 'fields' | 'kind'> & {
  /** Ends earlier than its kind does, ms from now; null for never, as what goes with a schedule. */
  readonly lifetimeMs?: number | null
}

/** How long a change may wait (`D4`). A late setpoint would override the schedule. */
export const LIFETIME_MS: Readonly<Record<ChangeKind, number | null>> = {
  setpoint: SETPOINT_LIFETIME_MS,
  setting: 6 * 3_600_000,
  schedule: null,
}

export function expiryOf(change: NewChange, steadyMs: number): number | null {
  const lifetimeMs = LIFETIME_MS[change.kind]
  if (lifetimeMs === null || change.lifetimeMs === null) return null
  return steadyMs + Math.min(lifetimeMs, change.lifetimeMs ?? lifetimeMs)
}

export function isOpenChange(change: Change): boolean {
  return change.state === 'queued' || change.state === 'sent'
}

export function ended(change: Change, state: EndState, now: Now, reason: string | null): Change {
  const settled = state === 'confirmed' || change.push === null
  return { ...change, state, endedAtMs: Math.floor(now.wallMs), reason, settled }
}

/** A tracked change of which it turned out that the device has it. */
export function reachedDevice(change: Change, now: Now): Change {
  return change.state === 'superseded'
    ? { ...change, settled: true }
    : ended(change, 'confirmed', now, null)
}

/** The fields a person meant. */
export function primaryFields(change: Pick<Change, 'fields'>): string[] {
  return Object.keys(change.fields).filter((field) => !COMPANION_FIELDS.has(field))
}

/** The change without some of its fields; undefined when nothing a person meant is left. */
export function without(change: Change, fields: ReadonlySet<string>): Change | undefined {
  const rest = Object.fromEntries(
    Object.entries(change.fields).filter(([field]) => !fields.has(field)),
  )
  const next = { ...change, fields: rest }
  return primaryFields(next).length === 0 ? undefined : next
}

/**
 * The fields as they go out now (`D5`): the device rejects eco commands whose time is more than
 * 600 s off, so times are those of the push, in Unix seconds, not those of the command.
 */
export function freshFields(fields: JsonObject, wallMs: number): JsonObject {
  const nowS = Math.floor(wallMs / 1000)
  const fresh: JsonObject = { ...fields }
  if (isObject(fields.touched_by)) fresh.touched_by = { ...fields.touched_by, touched_at: nowS }
  if (Object.hasOwn(fields, 'manual_eco_timestamp')) fresh.manual_eco_timestamp = nowS
  if (isObject(fields.eco)) fresh.eco = { ...fields.eco, mode_update_timestamp: nowS }
  return fresh
}

/** Whether two values of a field mean the same: a thermostat rounds, and stamps its own times. */
export function sameMeaning(
  field: string,
  a: JsonObject[string] | undefined,
  b: JsonObject[string] | undefined,
): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) < 0.005
  if (field === 'eco' && isObject(a) && isObject(b)) return a.mode === b.mode
  return sameValue(a, b)
}

/** What a reader sees (`D7`): the device's data overlaid with the changes on their way. */
export function overlay(
  objectKey: string,
  value: JsonObject,
  changes: readonly Change[],
  wallMs: number,
): JsonObject {
  return changes
    .filter((change) => change.objectKey === objectKey && isOpenChange(change))
    .reduce(
      (seen, change) => mergeValue(objectKey, seen, freshFields(change.fields, wallMs)),
      value,
    )
}

/** What a new command does to the open changes of the same thermostat. */
export interface Superseding {
  readonly changes: readonly Change[]
  /** What is left of changes that were under way already: to be queued anew. */
  readonly rest: readonly Change[]
}

/**
 * Takes the fields that a new command sets from the open changes (`D1`).
 *
 * @param cancels - further fields, by object key, that the command makes pointless
 */
export function supersede(
  open: readonly Change[],
  fresh: readonly NewChange[],
  cancels: Readonly<Record<string, readonly string[]>>,
  now: Now,
): Superseding {
  const taken = new Map<string, Set<string>>()
  const take = (objectKey: string, fields: readonly string[]): void => {
    taken.set(objectKey, new Set([...(taken.get(objectKey) ?? []), ...fields]))
  }
  for (const change of fresh) take(change.objectKey, primaryFields(change))
  for (const [objectKey, fields] of Object.entries(cancels)) take(objectKey, fields)
  const changes: Change[] = []
  const rest: Change[] = []
  for (const change of open) {
    const fields = taken.get(change.objectKey)
    if (fields === undefined) continue
    // A schedule is one thing, whatever days it names.
    const isSchedule = change.kind === 'schedule'
    if (!isSchedule && !primaryFields(change).some((field) => fields.has(field))) continue
    const left = isSchedule ? undefined : without(change, fields)
    if (left !== undefined && change.push === null) {
      changes.push(left)
      continue
    }
    changes.push(ended(change, 'superseded', now, 'a later command set the same'))
    // What is under way stays on file as it is: the device may have all of it.
    if (left !== undefined) rest.push(left)
  }
  return { changes, rest }
}

/** Whether the time of a change is over (`D4`); it may still be on file as open. */
export function isOverdue(change: Change, now: Now): boolean {
  return (change.expiresAtSteadyMs ?? Number.POSITIVE_INFINITY) <= now.steadyMs
}

/** The open changes whose time is over (`D4`), ended. */
export function expire(open: readonly Change[], now: Now): Change[] {
  return open
    .filter((change) => isOverdue(change, now))
    .map((change) =>
      ended(
        change,
        'expired',
        now,
        change.sends === 0
          ? 'the thermostat did not come back in time'
          : 'the thermostat did not confirm it in time',
      ),
    )
}
