import { type Bucket, type JsonObject, typeOf } from '../bucket.ts'
import { awaitsUpload } from '../delivery/change.ts'
import type { Draft } from '../thermostat/draft.ts'
import type { ListedObject } from './subscribe-request.ts'
import { isServerOnly, isServerWritable } from './writable-fields.ts'

/**
 * Fields that thermostats upload with the whole bucket, by bucket type; one of them is enough. They are
 * never put alone, and no command sets them.
 */
const IN_WHOLE_BUCKET: ReadonlyMap<string, readonly string[]> = new Map([
  ['shared', ['can_heat', 'can_cool']],
  ['device', ['current_version']],
])

/** Whether a value is only a part of its bucket: it lacks what every upload of the bucket has. */
function isPart(objectKey: string, value: JsonObject): boolean {
  const fields = IN_WHOLE_BUCKET.get(typeOf(objectKey))
  return fields !== undefined && !fields.some((field) => Object.hasOwn(value, field))
}

/** Whether a change of the bucket is open to an upload. */
function isSettledByUpload({ changes }: Draft, objectKey: string): boolean {
  return changes.some((change) => change.objectKey === objectKey && awaitsUpload(change))
}

/** Whether a thermostat answers a request to upload the bucket: it puts it itself. */
export function canBeUploaded(objectKey: string): boolean {
  return !isServerOnly(objectKey) && typeOf(objectKey) !== 'structure'
}

/**
 * Whether the server has a bucket only in part, or cannot know which values of it the thermostat has: it
 * then asks for an upload (section 4, `D1`, `D3`).
 */
export function lacksUpload(draft: Draft, { objectKey, timestamp }: ListedObject): boolean {
  if (timestamp === 0 || !canBeUploaded(objectKey)) return false
  const isAwaited = draft.device?.awaitedUploads.includes(objectKey) === true
  return isAwaited || isSettledByUpload(draft, objectKey)
}

/**
 * Remembers whether an upload of the bucket is still missing after a write of the thermostat.
 *
 * @param stored - the bucket before the write
 * @param changed - the fields that the write has changed
 * @param isDoubtful - whether the thermostat may have other values than those on file
 */
export function rememberUpload(
  draft: Draft,
  write: { objectKey: string; value: JsonObject; baseRevision?: number | undefined },
  stored: Bucket | undefined,
  changed: JsonObject,
  isDoubtful: boolean,
): void {
  const { memory, now } = draft
  const { objectKey, value, baseRevision } = write
  const whole = !isPart(objectKey, value)
  // With a base from another server, a first write may tell only what has changed since.
  const isFromElsewhere = (baseRevision ?? 0) > 0 || memory.hasAsked(objectKey)
  const isRest = stored === undefined && !whole && isFromElsewhere
  const isOlder = stored !== undefined && (baseRevision ?? 0) < stored.revision
  // What was given back to a thermostat that had lost it may arrive after it has sent this.
  const crossesRecovery =
    isOlder &&
    memory.gaveBackLately(objectKey, now) &&
    Object.keys(changed).some((field) => isServerWritable(objectKey, field))
  // A copy of an earlier write is no answer.
  const isCopy = baseRevision !== undefined && isOlder
  if (isDoubtful || crossesRecovery || isRest) awaitUpload(draft, objectKey)
  else if (!isCopy && whole && !isSettledByUpload(draft, objectKey)) {
    uploadArrived(draft, objectKey)
  }
}

/** Waits for an upload of a bucket, although the server has data of it. The mark survives a restart. */
export function awaitUpload(draft: Draft, objectKey: string): void {
  const { device } = draft
  if (device === undefined || device.awaitedUploads.includes(objectKey)) return
  draft.setDevice({ ...device, awaitedUploads: [...device.awaitedUploads, objectKey] })
}

function uploadArrived(draft: Draft, objectKey: string): void {
  const { device, memory } = draft
  memory.forgetAsks(objectKey)
  if (device?.awaitedUploads.includes(objectKey) !== true) return
  const awaitedUploads = device.awaitedUploads.filter((each) => each !== objectKey)
  draft.setDevice({ ...device, awaitedUploads })
}
