import type { WireObject } from '../json.ts'
import type { PutReason } from '../signals/notes.ts'
import type { Device, FieldsByKey, Waiting } from './device.ts'
import type { DeviceBucket } from './device-bucket.ts'

/** `shared.SERIAL` of this thermostat. */
export function ownKey(device: Device, type: 'device' | 'shared' | 'schedule'): string {
  return `${type}.${device.profile.serial}`
}

/** The fields of its own `shared` bucket. */
export function sharedValue(device: Device): WireObject {
  return device.buckets.get(ownKey(device, 'shared'))?.value ?? {}
}

/** The fields of its own `device` bucket. */
export function deviceValue(device: Device): WireObject {
  return device.buckets.get(ownKey(device, 'device'))?.value ?? {}
}

/**
 * Merges a change of the thermostat's own into a bucket. The local timestamp only moves forward, and
 * the fields wait to be put. Sensor readings before the first upload
 * after a boot do not touch a timestamp of 0: that 0 asks the server for what was lost (section 4).
 */
export function changeLocally(
  device: Device,
  key: string,
  fields: WireObject,
  reason: PutReason,
  dueAtMs: number = device.nowMs,
): void {
  const bucket = device.buckets.get(key) ?? { key, revision: 0, timestamp: 0, value: {} }
  const byItself = reason === 'hvac' || reason === 'change'
  const stayNew = bucket.timestamp === 0 && byItself && device.waiting.has('boot')
  const timestamp = stayNew ? 0 : Math.max(device.nowMs, bucket.timestamp + 1)
  device.buckets.set(key, { ...bucket, timestamp, value: { ...bucket.value, ...fields } })
  if (!stayNew) waitToPut(device, key, Object.keys(fields), reason, dueAtMs)
}

/** Replaces a bucket whole by a local edit: schedules have no fields to merge (U2). */
export function replaceLocally(device: Device, key: string, value: WireObject): void {
  const bucket = device.buckets.get(key) ?? { key, revision: 0, timestamp: 0, value: {} }
  const timestamp = Math.max(device.nowMs, bucket.timestamp + 1)
  device.buckets.set(key, { ...bucket, timestamp, value })
  waitToPut(device, key, Object.keys(value), 'change', device.nowMs)
}

/** Marks fields as waiting to be put for one reason; the earliest due time of a reason counts. */
export function waitToPut(
  device: Device,
  key: string,
  names: Iterable<string>,
  reason: PutReason,
  dueAtMs: number,
): void {
  const waiting = waitingFor(device, reason, dueAtMs)
  waiting.dueAtMs = Math.min(waiting.dueAtMs, dueAtMs)
  const fields = fieldsOf(waiting.fields, key)
  for (const name of names) {
    fields.add(name)
    // A field waits for its latest reason only; the boot upload contains it anyway.
    for (const [other, { fields: others }] of device.waiting) {
      if (other !== reason && other !== 'boot') others.get(key)?.delete(name)
    }
  }
}

/** Every field of a bucket waits to be put. An empty bucket has nothing to put. */
export function waitToPutAll(
  device: Device,
  bucket: DeviceBucket,
  reason: PutReason,
  dueAtMs: number,
) {
  waitToPut(device, bucket.key, Object.keys(bucket.value), reason, dueAtMs)
}

function waitingFor(device: Device, reason: PutReason, dueAtMs: number): Waiting {
  const existing = device.waiting.get(reason)
  if (existing !== undefined) return existing
  const created = { dueAtMs, fields: new Map() }
  device.waiting.set(reason, created)
  return created
}

/** The set of a key, created when missing. */
export function fieldsOf(fields: FieldsByKey, key: string): Set<string> {
  const existing = fields.get(key)
  if (existing !== undefined) return existing
  const created = new Set<string>()
  fields.set(key, created)
  return created
}
