import type { WireObject } from '../json.ts'
import type { PutReason } from '../signals/effects.ts'
import type { Device, Waiting } from './device.ts'
import type { DeviceBucket } from './device-bucket.ts'

/** Types of the buckets that are the thermostat's own. */
export const OWN_TYPES = ['device', 'shared', 'schedule'] as const
type OwnType = (typeof OWN_TYPES)[number]

/** `shared.SERIAL` of this thermostat. */
export function ownKey(device: Device, type: OwnType): string {
  return `${type}.${device.profile.serial}`
}

export function sharedValue(device: Device): WireObject {
  return device.buckets.get(ownKey(device, 'shared'))?.value ?? {}
}

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
  type: OwnType,
  fields: WireObject,
  reason: PutReason,
  dueAtMs?: number,
): void {
  const bucket = ownBucket(device, type)
  const byItself = reason === 'hvac' || reason === 'change'
  const stayNew = bucket.timestamp === 0 && byItself && device.waiting.has('boot')
  const timestamp = stayNew ? 0 : Math.max(device.nowMs, bucket.timestamp + 1)
  device.buckets.set(bucket.key, { ...bucket, timestamp, value: { ...bucket.value, ...fields } })
  if (!stayNew) waitToPut(device, bucket.key, Object.keys(fields), reason, dueAtMs)
}

/** Replaces the schedule by a local edit: schedules have no fields to merge (U2). */
export function scheduleEdited(device: Device, value: WireObject): void {
  const bucket = ownBucket(device, 'schedule')
  const timestamp = Math.max(device.nowMs, bucket.timestamp + 1)
  const edited = { ...bucket, timestamp, value }
  device.buckets.set(bucket.key, edited)
  waitToPutAll(device, edited)
}

function ownBucket(device: Device, type: OwnType): DeviceBucket {
  const key = ownKey(device, type)
  return device.buckets.get(key) ?? { key, revision: 0, timestamp: 0, value: {} }
}

/** Marks fields as waiting to be put for one reason; the earliest due time of a reason counts. */
export function waitToPut(
  device: Device,
  key: string,
  names: Iterable<string>,
  reason: PutReason = 'change',
  dueAtMs = device.nowMs,
): void {
  const waiting: Waiting = device.waiting.get(reason) ?? { dueAtMs, fields: new Map() }
  device.waiting.set(reason, waiting)
  waiting.dueAtMs = Math.min(waiting.dueAtMs, dueAtMs)
  const fields = waiting.fields.get(key) ?? new Set()
  waiting.fields.set(key, fields)
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
  reason?: PutReason,
  dueAtMs?: number,
) {
  waitToPut(device, bucket.key, Object.keys(bucket.value), reason, dueAtMs)
}
