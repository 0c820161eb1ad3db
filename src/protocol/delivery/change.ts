import {
  type BucketVersion,
  COMPANION_FIELDS,
  isObject,
  type JsonObject,
  type JsonValue,
  mergeValue,
  sameValue,
} from '../bucket.ts'
import type { Now } from '../now.ts'
import { SETPOINT_LIFETIME_MS } from '../setpoint.ts'

/**
 * A pending change: the fields of one bucket that a person set, on their way to the thermostat
 * (section 6). A push carries these fields only: any other field would fight the thermostat's own
 * schedule.
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
  /** How often it was written to a connection; repeats within 5 seconds count once. */
  readonly sends: number
  /** The version of its last push; null before the first. */
  readonly push: PushVersion | null
  /** Wall clock, ms. */
  readonly createdAtMs: number
  /** Steady clock, ms; null when it never expires. */
  readonly expiresAtSteadyMs: number | null
  /** When it was last written to a connection. */
  readonly sentAt: Now | null
  /** Wall clock, ms; null while it is open. */
  readonly endedAtMs: number | null
  /** For people: why it ended without a confirmation. */
  readonly reason: string | null
  /**
   * False while a push of it may still arrive. A change that ended after it was pushed is tracked: once
   * the device shows that it has it, the bucket on file has to follow.
   */
  readonly settled: boolean
}

/** The version of a push, and the time in its time-bound fields. */
export interface PushVersion extends BucketVersion {
  /** Wall clock, ms (`D5`). */
  readonly stampedAtMs: number
  /**
   * The first version since the last put: a device that shows this version or a later one has the
   * change. Null once a put has overtaken the push.
   */
  readonly since: BucketVersion | null
}

export type ChangeKind = 'setpoint' | 'setting' | 'schedule'
export type EndState = 'confirmed' | 'superseded' | 'expired' | 'ignored'
export type ChangeState = 'queued' | 'sent' | EndState

/** What a command asks for. */
export type NewChange = Pick<Change, 'command' | 'objectKey' | 'fields' | 'kind'> & {
  /** When it expires, ms from now, if that is earlier than its kind does; null for never. */
  readonly lifetimeMs?: number | null
}

/** How long a change may wait (`D4`). A late setpoint would override the schedule. */
export const LIFETIME_MS: Readonly<Record<ChangeKind, number | null>> = {
  setpoint: SETPOINT_LIFETIME_MS,
  setting: 6 * 3_600_000,
  schedule: null,
}

/** When a change that is queued now expires, on the steady clock; null for never (`D4`). */
export function expiryOf(change: NewChange, steadyMs: number): number | null {
  const lifetimeMs = LIFETIME_MS[change.kind]
  if (lifetimeMs === null || change.lifetimeMs === null) return null
  return steadyMs + Math.min(lifetimeMs, change.lifetimeMs ?? lifetimeMs)
}

/** Whether a change is on its way; the other states are ends (`D1`). */
export function isOpenChange({ state }: Change): boolean {
  return state === 'queued' || state === 'sent'
}

/** The change after its end. Without a push nothing of it can arrive any more: it is settled. */
export function ended(change: Change, state: EndState, now: Now, reason: string | null): Change {
  const { push } = change
  const settled = state === 'confirmed' || push === null
  const { revision = 0, timestamp = 0 } = push ?? {}
  return {
    ...change,
    state,
    endedAtMs: Math.floor(now.wallMs),
    reason,
    settled,
    push: push === null ? null : { ...push, since: push.since ?? { revision, timestamp } },
  }
}

/**
 * The change after a write that set it otherwise and crossed its push: the thermostat may have either
 * value, so it stays tracked until the thermostat shows which (`D1`).
 */
export function endedByCrossing(change: Change, now: Now): Change {
  const over = ended(change, 'superseded', now, SET_ON_THERMOSTAT)
  return { ...over, push: over.push === null ? null : { ...over.push, since: null } }
}

/** For people: why a change is superseded by the dial. */
export const SET_ON_THERMOSTAT = 'it was set otherwise on the thermostat'

/** Whether `endedByCrossing` has ended the change, and it is open which value the thermostat has. */
export function isCrossed({ state, push, settled }: Change): boolean {
  return state === 'superseded' && !settled && push !== null && push.since === null
}

/**
 * Whether only an upload of the bucket shows what the thermostat has: the change was pushed and then given
 * up, perhaps because all answers were lost (`D3`, `D4`), or a write has crossed its push (`D1`).
 */
export function awaitsUpload(change: Change): boolean {
  const isGivenUp = change.state === 'ignored' || change.state === 'expired'
  return (isGivenUp && !change.settled) || isCrossed(change)
}

/** A tracked change that the device has. One that a later command superseded stays so. */
export function markDelivered(change: Change, now: Now): Change {
  return change.state === 'superseded' && !isCrossed(change)
    ? { ...change, settled: true }
    : ended(change, 'confirmed', now, null)
}

/**
 * The earlier tracked changes that a confirmed one settles: the thermostat has a later value of each of
 * their fields, so their pushes cannot change it any more.
 */
export function settledBy(confirmed: Change, tracked: readonly Change[]): Change[] {
  return tracked
    .filter(
      (earlier) =>
        earlier.id < confirmed.id &&
        earlier.objectKey === confirmed.objectKey &&
        !isOpenChange(earlier) &&
        primaryFields(earlier).every((field) => Object.hasOwn(confirmed.fields, field)),
    )
    .map((earlier) => ({ ...earlier, settled: true }))
}

/** The fields that a person wants, without those that accompany the command. */
export function primaryFields(change: Pick<Change, 'fields'>): string[] {
  return Object.keys(change.fields).filter((field) => !COMPANION_FIELDS.has(field))
}

/** The change without some of its fields; undefined when no primary field is left. */
export function without(change: Change, fields: ReadonlySet<string>): Change | undefined {
  const rest = Object.fromEntries(
    Object.entries(change.fields).filter(([field]) => !fields.has(field)),
  )
  const next = { ...change, fields: rest }
  return primaryFields(next).length === 0 ? undefined : next
}

/**
 * The fields with the time of the push, in Unix seconds (`D5`): the device rejects eco commands whose
 * time is more than 600 s off, so the time of the command would be too old.
 */
export function freshFields(fields: JsonObject, wallMs: number): JsonObject {
  const nowS = Math.floor(wallMs / 1000)
  const fresh: JsonObject = { ...fields }
  if (isObject(fields.touched_by)) fresh.touched_by = { ...fields.touched_by, touched_at: nowS }
  if (Object.hasOwn(fields, 'manual_eco_timestamp')) fresh.manual_eco_timestamp = nowS
  if (isObject(fields.eco)) fresh.eco = { ...fields.eco, mode_update_timestamp: nowS }
  return fresh
}

/** Whether two values of a field mean the same: a thermostat rounds numbers and sets its own times. */
export function sameMeaning(
  field: string,
  a: JsonValue | undefined,
  b: JsonValue | undefined,
): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) < 0.005
  if (field === 'eco' && isObject(a) && isObject(b)) return a.mode === b.mode
  return sameValue(a, b)
}

/** What a reader sees (`D7`): the device's data, overlaid with the open changes. */
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

/**
 * Takes the fields that a new command sets from the open changes of the same thermostat (`D1`).
 *
 * @param cancels - further fields to take, by object key
 * @returns the changes that differ now, and what is left of changes that were pushed already: these
 * remainders are to be queued again
 */
export function supersede(
  open: readonly Change[],
  fresh: readonly NewChange[],
  cancels: Readonly<Record<string, readonly string[]>>,
  now: Now,
): { changes: Change[]; rest: Change[] } {
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
    // A schedule is replaced whole, whichever days it names.
    const isSchedule = change.kind === 'schedule'
    if (!isSchedule && !primaryFields(change).some((field) => fields.has(field))) continue
    const left = isSchedule ? undefined : without(change, fields)
    if (left !== undefined && change.push === null) {
      changes.push(left)
      continue
    }
    changes.push(ended(change, 'superseded', now, 'a later command set the same'))
    // A pushed change stays on file with all of its fields: the device may have them.
    if (left !== undefined) rest.push(left)
  }
  return { changes, rest }
}

/** Whether a change has expired (`D4`); it may still be on file as open. */
export function isOverdue({ expiresAtSteadyMs }: Change, now: Now): boolean {
  return expiresAtSteadyMs !== null && expiresAtSteadyMs <= now.steadyMs
}

/** Ends the changes that have expired (`D4`), and returns these. */
export function expire(open: readonly Change[], now: Now): Change[] {
  return open
    .filter((change) => isOverdue(change, now))
    .map((change) => {
      const reason =
        change.sends === 0
          ? 'the thermostat did not come back in time'
          : 'the thermostat did not confirm it in time'
      return ended(change, 'expired', now, reason)
    })
}
