import { type Device, type HeldSubscribe, note, violate } from '../device/device.ts'
import { type DeviceBucket, typeOfKey } from '../device/device-bucket.ts'
import { putOwnValuesAgain, splitPushedFields } from '../device/device-only.ts'
import { ecoReceived, structureReceived, withoutRejectedEco } from '../device/eco.ts'
import { holdSchedule } from '../device/held-schedule.ts'
import { OWN_TYPES, ownKey, waitToPut, waitToPutAll } from '../device/local-changes.ts'
import { temperatureReceived } from '../device/setpoint-changes.ts'
import { isJsonObject, type WireObject } from '../json.ts'
import type { PushOutcome } from '../signals/effects.ts'
import { userReceived } from './pairing-poll.ts'

const ORDER = 'object_revision,object_timestamp,object_key,value'
/** A thermostat has little memory; more buckets than this are not kept. */
const MAX_BUCKETS = 200

/** Handles one object of a push of v7; true when it changed something. */
export function receive(device: Device, subscription: HeldSubscribe, object: unknown): boolean {
  const pushed = readObject(device, object)
  return pushed !== undefined && receiveBucket(device, subscription, pushed)
}

/** Handles one pushed bucket, in whatever form it came; true when it changed something. */
export function receiveBucket(
  device: Device,
  subscription: HeldSubscribe,
  pushed: DeviceBucket,
): boolean {
  const outcome = judge(device, subscription, pushed)
  const { key, revision, timestamp, value } = pushed
  const { requestId } = subscription
  note(device, { kind: 'push', requestId, key, revision, timestamp, value, outcome })
  if (outcome === 'uploadAsked') {
    const own = device.buckets.get(key)
    if (own !== undefined) waitToPutAll(device, own)
  } else if (outcome === 'held') {
    holdSchedule(device, pushed, requestId)
  } else if (outcome === 'applied') {
    apply(device, pushed)
  }
  return outcome === 'applied' || outcome === 'held' || outcome === 'uploadAsked'
}

/** The four fields in their order (S6), or undefined: the firmware ignores anything else. */
function readObject(device: Device, object: unknown): DeviceBucket | undefined {
  const fields = isJsonObject(object) ? Object.keys(object).join() : typeof object
  if (!isJsonObject(object) || fields !== ORDER) {
    return violate(device, 'S6', `object ignored: its fields are ${fields.slice(0, 120)}`)
  }
  const { object_revision, object_timestamp, object_key, value } = object
  if (
    !Number.isSafeInteger(object_revision) ||
    !Number.isSafeInteger(object_timestamp) ||
    typeof object_key !== 'string' ||
    !/^[^.]+\../.test(object_key) ||
    !isJsonObject(value)
  ) {
    const key = String(object_key)
    return violate(device, 'S6', `object ignored: a field of ${key} has the wrong type`)
  }
  return {
    key: object_key,
    revision: Number(object_revision),
    timestamp: Number(object_timestamp),
    value,
  }
}

/** Decides which version is newer: by the timestamp, then by the revision (section 10). */
function judge(device: Device, subscription: HeldSubscribe, pushed: DeviceBucket): PushOutcome {
  const { key, revision, timestamp, value } = pushed
  if (OWN_TYPES.some((type) => type === typeOfKey(key) && key !== ownKey(device, type))) {
    violate(device, 'U7', `pushed a bucket of another thermostat: ${key}`)
    return 'refused'
  }
  if (revision === 0 && timestamp === 0 && Object.keys(value).length === 0) return 'uploadAsked'
  const listed = subscription.listedTimestamps.get(key) ?? 0
  if (listed > 0 && timestamp <= listed) {
    // The server read this timestamp in the request itself, so no race excuses the push (S10).
    violate(device, 'S10', `pushed ${key} at ${timestamp} though ${listed} was listed`)
  }
  const known = device.serverTimestamps.get(key) ?? 0
  device.serverTimestamps.set(key, Math.max(known, timestamp))
  const own = device.buckets.get(key)
  if (own === undefined) return device.buckets.size < MAX_BUCKETS ? 'applied' : 'refused'
  if (timestamp < own.timestamp) return 'stale'
  if (timestamp === own.timestamp && revision <= own.revision) return 'duplicate'
  return typeOfKey(key) === 'schedule' ? 'held' : 'applied'
}

function apply(device: Device, pushed: DeviceBucket): void {
  const type = typeOfKey(pushed.key)
  const { accepted, deviceOnly } = splitPushedFields(type, pushed.value)
  // The eco fields may be too old (D5); device.eco is a request, never a plain value.
  const fields = withoutRejectedEco(device, pushed.key, accepted)
  const { eco, ...plain } = fields
  const merged = type === 'device' ? plain : fields
  requeueFieldsInFlight(device, pushed.key, merged)
  const own = device.buckets.get(pushed.key)
  device.buckets.set(pushed.key, { ...pushed, value: { ...own?.value, ...merged } })
  if (deviceOnly.length > 0) putOwnValuesAgain(device, pushed.key, deviceOnly)
  if (type === 'user') userReceived(device, pushed.key, merged.name)
  if (type === 'structure') structureReceived(device, merged)
  if (type === 'device' && isJsonObject(eco)) ecoReceived(device, eco)
  if (type === 'shared') temperatureReceived(device, merged)
}

/**
 * A put in flight carries the value from before this push. The server may read it after its own push and
 * keep the old value. A generous build puts the new value again; no rule says that firmware does (section
 * 10), so a server must find out by itself.
 */
function requeueFieldsInFlight(device: Device, key: string, fields: WireObject): void {
  const inFlight = device.putInFlight?.fields.get(key)
  if (inFlight === undefined || !device.profile.putsAgainAfterCrossing) return
  const before = device.buckets.get(key)?.value ?? {}
  const changed = Object.keys(fields).filter(
    (name) => inFlight.has(name) && JSON.stringify(fields[name]) !== JSON.stringify(before[name]),
  )
  if (changed.length > 0) waitToPut(device, key, changed)
}
