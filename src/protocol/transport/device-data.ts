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
import type { Draft } from '../thermostat/draft.ts'
import { leavesEco } from '../view/eco-state.ts'
import { checkRoom } from './bucket-room.ts'
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
  const meantWrite: DeviceWrite = {
    ...write,
    baseRevision: meant(write.baseRevision),
    ifRevision: meant(write.ifRevision),
    listedTimestamp: Math.max(listed, draft.held.listedTimestamp(objectKey)),
  }
  const result = applyDeviceWrite(stored, meantWrite, tracked, draft.now)
  if (result.changed) {
    const { length } = draft.putBucket(result.bucket, 'written by the thermostat')
    checkRoom(draft, objectKey, { length, isNew: stored === undefined })
  }
  saveJudged(draft, result.changes)
  rememberUpload(draft, meantWrite, stored, result.fields, result.isDoubtful)
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
