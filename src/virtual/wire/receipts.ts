import { type Device, type FieldsByKey, note, type PutInFlight, violate } from '../device/device.ts'
import { isJsonObject, parseJsonObject, type WireObject } from '../json.ts'
import type { Marks } from './v3/nested.ts'

const ORDER = 'object_revision,object_timestamp,object_key'

/**
 * Reads the answer to a put (U5) and adopts revisions and timestamps. Returns the fields of
 * buckets that a conditional put visibly did not write (U4), so that they can be put again. (A stored
 * revision of exactly base + 1 cannot be told from success; the firmware cannot either.)
 */
export function readReceipts(device: Device, sent: PutInFlight, text: string): FieldsByKey {
  const refused: FieldsByKey = new Map()
  const objects = parseJsonObject(text)?.objects
  if (!Array.isArray(objects)) {
    violate(device, 'U5', 'the answer to a put has no objects')
    return refused
  }
  const missing = new Set(sent.fields.keys())
  for (const object of objects) {
    if (!isJsonObject(object)) {
      violate(device, 'U5', 'a receipt is not an object')
      continue
    }
    const key = String(object.object_key)
    missing.delete(key)
    const fields = sent.fields.get(key)
    if (fields === undefined) violate(device, 'U5', `a receipt for ${key}, which was not put`)
    else if (!readReceipt(device, sent, key, object)) refused.set(key, fields)
  }
  for (const key of missing) violate(device, 'U5', `no receipt for ${key}`)
  return refused
}

/** Adopts one receipt; false when the server did not write because of the condition (U4). */
function readReceipt(device: Device, sent: PutInFlight, key: string, object: WireObject): boolean {
  const bucket = device.buckets.get(key)
  const base = sent.bases.get(key)
  if (bucket === undefined || base === undefined) return true
  const { object_revision: revision, object_timestamp: timestamp, value, ...others } = object
  const order = Object.keys(object).filter((name) => name !== 'value')
  if (order.join() !== ORDER || Object.keys(others).length !== 1) {
    violate(device, 'S6', `receipt ignored: its fields are ${order.join().slice(0, 120)}`)
    return true
  }
  if (!isCount(revision) || !isCount(timestamp)) {
    violate(device, 'U5', `the receipt for ${key} has no revision and timestamp in numbers`)
    return true
  }
  if (value !== undefined) {
    violate(device, 'U5', `the receipt for ${key} carries a value`)
    // As on a real thermostat: the old value is back.
    const overwritten = isJsonObject(value) ? value : {}
    device.buckets.set(key, { ...bucket, value: { ...bucket.value, ...overwritten } })
  }
  const marks = { revision, timestamp }
  const conditional = device.profile.conditionalPuts
  if (conditional && revision !== base.revision && revision !== base.revision + 1) {
    // Not the timestamp: the server's value is still unseen, and must still be pushed.
    seeReceipt(device, sent, key, marks)
    adopt(device, key, { revision })
    return false
  }
  adoptReceipt(device, sent, key, marks)
  return true
}

/** A receipt is read: notes it, and reports a timestamp that went back (S10). */
function seeReceipt(device: Device, sent: PutInFlight, key: string, marks: Marks): void {
  const { requestId, bases } = sent
  if (marks.timestamp < (bases.get(key)?.serverTimestamp ?? 0)) {
    violate(device, 'S10', `the timestamp of ${key} went back to ${marks.timestamp}`)
  }
  note(device, { kind: 'receipt', requestId, key, ...marks })
}

/** Adopts the version that a receipt gives to a bucket that the server wrote. */
export function adoptReceipt(device: Device, sent: PutInFlight, key: string, marks: Marks): void {
  seeReceipt(device, sent, key, marks)
  const bucket = device.buckets.get(key)
  if (bucket === undefined) return
  const { revision, timestamp } = marks
  const known = device.serverTimestamps.get(key) ?? 0
  device.serverTimestamps.set(key, Math.max(known, timestamp))
  if (timestamp >= bucket.timestamp) adopt(device, key, { revision, timestamp })
  else adopt(device, key, { revision: Math.max(revision, bucket.revision) })
}

function adopt(device: Device, key: string, change: { revision: number; timestamp?: number }) {
  const bucket = device.buckets.get(key)
  if (bucket !== undefined) device.buckets.set(key, { ...bucket, ...change })
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
