import { advanced, type Bucket, isObject, type JsonObject } from '../bucket.ts'
import type { Draft } from '../thermostat/draft.ts'

/** The pairing dialog of a thermostat (`P13`), shown and empty. */
export const PAIRING_DIALOG: JsonObject = { dialog_id: 'confirm-pairing', dialog_data: '' }
export const NO_DIALOG: JsonObject = { dialog_id: '', dialog_data: '' }

/** Whether a bucket value is the pairing dialog. */
export function isPairingDialog(value: unknown): boolean {
  return isObject(value) && value.dialog_id === PAIRING_DIALOG.dialog_id
}

/**
 * Writes the pairing dialog of a thermostat, shown or empty (`P13`).
 *
 * @returns the bucket if it changed
 */
export function setDialog(draft: Draft, value: JsonObject): Bucket | undefined {
  const objectKey = `device_alert_dialog.${draft.serial}`
  const before = draft.bucket(objectKey)
  if (isPairingDialog(before?.value) === isPairingDialog(value)) return undefined
  const listed = draft.held.listedTimestamp(objectKey)
  const bucket = advanced(before, objectKey, value, draft.now.wallMs, listed)
  draft.putBucket(bucket, isPairingDialog(value) ? 'a key is open' : 'no key is open')
  return bucket
}

/** As `setDialog`, and pushes the bucket to a thermostat that lists it. */
export function showDialog(draft: Draft, value: JsonObject): Bucket | undefined {
  const bucket = setDialog(draft, value)
  if (bucket !== undefined && draft.held.lists(bucket.objectKey)) {
    draft.push({ objects: [bucket], carries: [] })
  }
  return bucket
}
