import { NleError } from '../../errors.ts'
import {
  advanced,
  type Bucket,
  isObject,
  type JsonObject,
  meantRevision,
  typeOf,
} from '../bucket.ts'
import { ended } from '../delivery/change.ts'
import { saveJudged } from '../delivery/push.ts'
import { MAX_UNPAIRED_BYTES } from '../pairing/newcomer-limits.ts'
import type { Draft } from '../thermostat/draft.ts'
import { leavesEco } from '../view/eco-state.ts'
import { applyDeviceWrite, type DeviceWrite } from './device-write.ts'
import { rememberUpload } from './missing-uploads.ts'
import type { ListedObject } from './subscribe-request.ts'
import { confirmAwayByEco } from './v3/away.ts'

/**
 * Writes a thermostat's own data, from a put or from inside a subscribe, and returns the bucket as it is
 * now.
 *
 * @param listed - the timestamp that this request lists for the bucket; 0 without one
 * @throws NleError `too_large`
 */
export function takeDeviceWrite(
  draft: Draft,
  write: Omit<DeviceWrite, 'listedTimestamp'>,
  listed = 0,
): Bucket {
  const { objectKey } = write
  const { owner } = draft
  const stored = draft.bucket(objectKey)
  // Only the server writes the bucket that keeps a thermostat paired (seed 000).
  const isPairing = owner !== undefined && objectKey === `user.${owner.userId}`
  if (stored !== undefined && isPairing) return stored
  const tracked = draft.changes.filter((change) => change.objectKey === objectKey)
  const meant = (revision: number | undefined) =>
    revision === undefined ? undefined : revisionMeant(draft, objectKey, revision)
  const result = applyDeviceWrite(
    stored,
    {
      ...write,
      baseRevision: meant(write.baseRevision),
      ifRevision: meant(write.ifRevision),
      listedTimestamp: Math.max(listed, draft.held.listedTimestamp(objectKey)),
    },
    tracked,
    draft.now,
  )
  if (result.changed) {
    const { length } = draft.putBucket(result.bucket, 'written by the thermostat')
    refuseTooLarge(draft, length, stored === undefined)
  }
  saveJudged(draft, result.changes)
  rememberUpload(draft, write, stored, result.fields, result.isDoubtful)
  if (typeOf(objectKey) === 'device') {
    endAwayByDial(draft, write.value, stored?.value ?? {})
    confirmAwayByEco(draft)
  }
  return result.bucket
}

/** What a thermostat lists, with the revisions that it means; see `meantRevision`. */
export function withMeantRevisions(
  draft: Draft,
  listed: readonly ListedObject[],
): readonly ListedObject[] {
  return listed.map((object) => {
    const revision = revisionMeant(draft, object.objectKey, object.revision)
    return { ...object, revision }
  })
}

function revisionMeant(draft: Draft, objectKey: string, named: number): number {
  const pushed = draft.changes.flatMap((change) =>
    change.objectKey === objectKey && change.push !== null ? change.push.revision : [],
  )
  return meantRevision(named, Math.max(draft.bucket(objectKey)?.revision ?? 0, ...pushed))
}

/** Ends an earlier `set_away` when the thermostat has left eco by its own dial (`U9`). */
function endAwayByDial(draft: Draft, value: JsonObject, before: JsonObject): void {
  if (!leavesEco(value, before, Number.NEGATIVE_INFINITY)) return
  const { now } = draft
  const structureKey = draft.device?.structureKey ?? undefined
  if (structureKey === undefined) return
  const why = 'eco was left on the thermostat'
  for (const change of draft.openChanges) {
    if (change.objectKey !== structureKey || change.fields.manual_eco_all !== true) continue
    // The text `eco_mode` has no time: what was not sent yet is later than the dial.
    if (change.sentAt === null && !isObject(value.eco)) continue
    const commandedAtMs = change.sentAt?.wallMs ?? change.createdAtMs
    if (leavesEco(value, before, Math.floor(commandedAtMs / 1000))) {
      draft.saveChange(ended(change, 'superseded', now, why))
    }
  }
  const structure = draft.bucket(structureKey)
  if (structure?.value.manual_eco_all !== true) return
  const commandedAtS = structure.value.manual_eco_timestamp
  if (!leavesEco(value, before, typeof commandedAtS === 'number' ? commandedAtS : 0)) return
  const listed = draft.held.listedTimestamp(structureKey)
  const cleared = { ...structure.value, manual_eco_all: false }
  draft.putBucket(advanced(structure, structureKey, cleared, now.wallMs, listed), why)
}

/** A thermostat has about thirty buckets, but may choose keys of its own for some types. */
export const MAX_BUCKETS_PER_DEVICE = 256
/** The largest bucket, `device`, has about 10 kB of JSON; a bucket can grow with every put. */
export const MAX_BUCKET_LENGTH = 256 * 1024
/** No real bucket is longer: up to here an update of a paired thermostat needs no look at the total. */
const SMALL_LENGTH = 16 * 1024
/** All buckets of a thermostat together. */
export const MAX_TOTAL_LENGTH = 1024 * 1024

/**
 * Limits what a client that claims to be a thermostat can store. The bucket is written in the draft
 * already; a decision that throws writes nothing to the disk.
 *
 * @param length - of the bucket's JSON text
 * @param isNew - whether the bucket is not on file yet
 * @throws NleError `too_large`
 */
function refuseTooLarge(draft: Draft, length: number, isNew: boolean): void {
  if (length > MAX_BUCKET_LENGTH) {
    throw new NleError('too_large', `A bucket may not be larger than ${MAX_BUCKET_LENGTH} bytes.`)
  }
  const isPaired = draft.owner !== undefined
  if (isPaired && !isNew && length <= SMALL_LENGTH) return
  const buckets = draft.buckets()
  if (buckets.length > MAX_BUCKETS_PER_DEVICE) {
    throw new NleError(
      'too_large',
      `A thermostat may not have more than ${MAX_BUCKETS_PER_DEVICE} buckets.`,
    )
  }
  const most = isPaired ? MAX_TOTAL_LENGTH : MAX_UNPAIRED_BYTES
  if (buckets.reduce((sum, bucket) => sum + bucket.length, 0) > most) {
    const which = isPaired ? '' : ' that was never paired'
    throw new NleError(
      'too_large',
      `The buckets of a thermostat${which} may not take more than ${most} bytes.`,
    )
  }
}
