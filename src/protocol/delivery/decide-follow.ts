import type { Bucket } from '../bucket.ts'
import { missingPairingBuckets } from '../pairing/pairing-buckets.ts'
import { polledPairingBucket } from '../pairing/polled-pairing.ts'
import type { Decision, DecisionInput } from '../thermostat/decision.ts'
import { Draft } from '../thermostat/draft.ts'
import type { Push } from '../transport/hold.ts'
import { canBeUploaded } from '../transport/missing-uploads.ts'
import { uploadRequest } from '../transport/subscribe-request.ts'
import { type Change, isOpenChange, isOverdue } from './change.ts'
import { decideRetry } from './decide-delivery.ts'
import { pushedValue } from './delivery.ts'
import { carriedBy, LATE_MS, pushToHeld } from './push.ts'

/** One held connection, and what went out on it. */
export interface FollowingConnection {
  /** When it was opened, on either clock: several processes have but one. */
  readonly openedAtMs: number
  /** The latest timestamp of a bucket that the thermostat listed on it, or was sent on it; 0 for none. */
  latest(objectKey: string): number
  lists(objectKey: string): boolean
  /** The buckets that the thermostat listed with data. */
  readonly listedKeys: readonly string[]
}

/** What follows on the connections that this process holds. */
export interface Followed {
  /** What another process has pushed, in its own words, for those connections that lack it. */
  readonly push: Push | undefined
  /** Whether it is too late for that: the thermostat subscribes again, and lists what it has. */
  readonly isLate: boolean
}

/**
 * The clocks of two processes differ by less than this. A connection that was opened so soon after a write may have
 * been opened before it; what its thermostat listed, or was sent, tells.
 */
const CLOCKS_DIFFER_MS = 2_000

const NOTHING: Followed = { push: undefined, isLate: false }

/**
 * Another process has written this thermostat: what that process pushed to the connections that it holds goes
 * to those held here as well, under the same version, and counts as the same attempt. What it only queued, for
 * want of a connection, is pushed from here.
 */
export function decideFollow(
  input: DecisionInput,
  connections: readonly FollowingConnection[],
): Decision<Followed> {
  if (input.held.count === 0) return new Draft(input).decision(NOTHING)
  if (input.held.polls) return { ...decideFollowByPoll(input, connections), reply: NOTHING }
  const draft = new Draft(input)
  const unpushed = draft.openChanges.filter(
    ({ state, push }) => state === 'queued' && push === null,
  )
  const taken = new Set(unpushed.map(({ objectKey }) => objectKey))
  noteSchedules(draft)
  if (unpushed.length > 0) pushToHeld(draft, unpushed)
  const groups = attempts(draft).filter(
    ([first]) => !taken.has(first.objectKey) && isLacking(connections, first),
  )
  const isFresh = ([{ sentAt }]: Attempt): boolean =>
    sentAt === null || draft.now.steadyMs - sentAt.steadyMs <= LATE_MS
  const fresh = groups.filter(isFresh)
  askForRemoved(draft, connections)
  const pairing = isNewlyOwned(draft, connections)
    ? missingPairingBuckets(draft, draft.device?.structureKey ?? undefined)
    : []
  const objects = [...pairing, ...newDialog(draft, connections), ...fresh.map(objectOf)]
  const [first, ...rest] = objects
  const carries = fresh.flat().map(carriedBy)
  if (fresh.flat().some(({ kind }) => kind === 'schedule')) draft.memory.scheduleSent(draft.now)
  return draft.decision({
    push: first === undefined ? undefined : { objects: [first, ...rest], carries },
    isLate: fresh.length < groups.length,
  })
}

/** A poll is answered by one bucket, and the next one follows at once (`V6`): first the owner, then changes. */
function decideFollowByPoll(
  input: DecisionInput,
  connections: readonly FollowingConnection[],
): Decision<unknown> {
  const draft = new Draft(input)
  const pairing = isNewlyOwned(draft, connections)
    ? polledPairingBucket(draft, new Map())
    : undefined
  const [dialog] = newDialog(draft, connections)
  const bucket = pairing ?? dialog
  if (bucket === undefined) return decideRetry(input)
  draft.push({ objects: [bucket], carries: [] })
  return draft.decision(undefined)
}

type Attempt = readonly [Change, ...Change[]]

/** The open changes of each version that was pushed last and that no put has overtaken. */
function attempts(draft: Draft): Attempt[] {
  const open = draft.openChanges.filter((change) => {
    const { push, state, objectKey } = change
    if (push === null || isOverdue(change, draft.now)) return false
    const isWaiting = state === 'queued' && push.since === null
    return !isWaiting && push.timestamp > (draft.bucket(objectKey)?.timestamp ?? 0)
  })
  const groups = Map.groupBy(open, ({ objectKey, push }) => `${push?.timestamp} ${objectKey}`)
  return [...groups.values()].flatMap((group) => {
    const [first, ...rest] = group
    if (first === undefined) return []
    // A version that loses a field would still prove the delivery of that field.
    const losesOne = draft.changes.some(
      (each) =>
        !isOpenChange(each) &&
        each.objectKey === first.objectKey &&
        each.push?.timestamp === first.push?.timestamp,
    )
    return losesOne ? [] : [[first, ...rest] as const]
  })
}

/**
 * Whether a connection lacks an attempt. One that was opened after the attempt was answered by a decision that
 * knew of it.
 */
function isLacking(
  connections: readonly FollowingConnection[],
  { objectKey, push, sentAt }: Change,
): boolean {
  const timestamp = push?.timestamp ?? 0
  return connections.some(
    (each) =>
      timestamp > each.latest(objectKey) &&
      (sentAt === null || each.openedAtMs <= sentAt.steadyMs + CLOCKS_DIFFER_MS),
  )
}

function objectOf(group: Attempt) {
  const [{ objectKey, push }] = group
  const { revision = 0, timestamp = 0, stampedAtMs = 0 } = push ?? {}
  return { objectKey, revision, timestamp, value: pushedValue(objectKey, group, stampedAtMs) }
}

/**
 * Whether a bucket that a process writes and pushes without a change is of the time since a connection was opened:
 * that has been asked about the earlier ones.
 */
function isNews(
  draft: Draft,
  connections: readonly FollowingConnection[],
  objectKey: string,
): boolean {
  const timestamp = draft.bucket(objectKey)?.timestamp ?? 0
  return connections.some(
    (each) => timestamp > each.latest(objectKey) && timestamp + CLOCKS_DIFFER_MS >= each.openedAtMs,
  )
}

/** Whether another process has claimed it (`P9`). */
function isNewlyOwned(draft: Draft, connections: readonly FollowingConnection[]): boolean {
  return draft.owner !== undefined && isNews(draft, connections, `user.${draft.owner.userId}`)
}

/** The pairing dialog (`P13`), when another process has changed it. */
function newDialog(draft: Draft, connections: readonly FollowingConnection[]): Bucket[] {
  const dialogKey = `device_alert_dialog.${draft.serial}`
  const dialog = draft.bucket(dialogKey)
  const isShown = connections.some(({ lists }) => lists(dialogKey))
  return dialog !== undefined && isShown && isNews(draft, connections, dialogKey) ? [dialog] : []
}

/** Asks for buckets that another process has deleted, within the limits on such requests (section 4). */
function askForRemoved(draft: Draft, connections: readonly FollowingConnection[]): void {
  const { memory, now } = draft
  const listed = new Set(connections.flatMap(({ listedKeys }) => listedKeys))
  const asked = [...listed].filter(
    (objectKey) =>
      draft.bucket(objectKey) === undefined &&
      canBeUploaded(objectKey) &&
      memory.mayAsk(objectKey, now, true),
  )
  const [first, ...rest] = asked.map(uploadRequest)
  if (first !== undefined) draft.push({ objects: [first, ...rest], carries: [] })
}

/** Schedules that another process has sent count for the gap between two (`D6`). */
function noteSchedules(draft: Draft): void {
  for (const { kind, sentAt } of draft.changes) {
    const known = draft.memory.scheduleSentAtMs ?? Number.NEGATIVE_INFINITY
    if (kind === 'schedule' && sentAt !== null && sentAt.steadyMs > known) {
      draft.memory.scheduleSent(sentAt)
    }
  }
}
