import {
  armTimer,
  type Device,
  newPairing,
  note,
  type OpenRequest,
  pauseOf,
  violate,
} from '../device/device.ts'
import { typeOfKey } from '../device/device-bucket.ts'
import { OWN_TYPES, ownKey, waitToPutAll } from '../device/local-changes.ts'
import { isJsonObject, type WireObject } from '../json.ts'
import { readDocument } from './documents.ts'
import { failed, isOpen, send, succeeded } from './requests.ts'
import { readNested } from './v3/nested.ts'

/**
 * Asks for the server's list of buckets: firmware 4.x once after each boot, before it puts or polls (V4);
 * any thermostat at intervals when its profile says so, to notice that it was unpaired.
 */
export function settleDeviceList(device: Device) {
  if (device.urls === undefined || isOpen(device, 'deviceList')) return
  const dueAtMs = Math.max(nextListMs(device), pauseOf(device, 'deviceList').notBeforeMs)
  if (device.nowMs < dueAtMs) {
    if (Number.isFinite(dueAtMs)) armTimer(device, 'deviceList', dueAtMs)
    return
  }
  const { serial, transport } = device.profile
  const path =
    transport === 'v3' ? `/v3/device/device.${serial}${device.keyNoise}` : `/device/${serial}`
  send(device, 'deviceList', device.urls.transport + path)
}

/** When the list is needed next, ms since epoch. */
function nextListMs(device: Device): number {
  if (!device.hasComparedList) return 0
  const { ownerCheckMs } = device.profile
  const checks = ownerCheckMs > 0 && device.pairing.owner !== undefined
  return checks ? device.listedAtMs + ownerCheckMs : Number.POSITIVE_INFINITY
}

/** Compares the server's list with the thermostat's own buckets. */
export function deviceListAnswered(device: Device, open: OpenRequest) {
  const timestamps = readList(device, open.text)
  if (timestamps === undefined) return failed(device, open, 'the list of buckets is not readable')
  succeeded(device, 'deviceList')
  device.listedAtMs = device.nowMs
  if (!device.hasComparedList) uploadWhatServerLacks(device, timestamps)
  device.hasComparedList = true
  if (device.profile.ownerCheckMs > 0) forgetFormerOwner(device, open, timestamps)
}

/** Timestamps by key, from either form of the list. */
function readList(device: Device, text: string): ReadonlyMap<string, number> | undefined {
  const document = readDocument(device, text)
  if (document === undefined) return undefined
  if (device.profile.transport === 'v3') return readNestedList(device, document)
  if (!Array.isArray(document.objects)) return undefined
  return new Map(
    document.objects
      .filter(isJsonObject)
      .map(({ object_key, object_timestamp }) => [String(object_key), Number(object_timestamp)]),
  )
}

function readNestedList(device: Device, document: WireObject): ReadonlyMap<string, number> {
  const timestamps = new Map<string, number>()
  for (const { key, marks, others } of readNested(document)) {
    if (marks === undefined || others.length > 0) {
      violate(device, 'V4', `the list has no $version and $timestamp alone for ${key}`)
    }
    if (marks !== undefined) timestamps.set(key, marks.timestamp)
  }
  return timestamps
}

/**
 * Buckets that the server lacks, or has older, are dirty: they are put before the first poll (V3). Those
 * that it has newer wait for what the server pushes.
 */
function uploadWhatServerLacks(device: Device, timestamps: ReadonlyMap<string, number>): void {
  for (const type of OWN_TYPES) {
    const own = device.buckets.get(ownKey(device, type))
    if (own === undefined) continue
    const stored = timestamps.get(own.key)
    if (stored !== undefined && stored >= own.timestamp) continue
    device.waiting.get('boot')?.fields.delete(own.key)
    device.dirty.add(own.key)
    waitToPutAll(device, own, 'missing')
  }
}

/** The server deletes the user bucket of a thermostat that is unpaired: it shows a code again. */
function forgetFormerOwner(
  device: Device,
  open: OpenRequest,
  timestamps: ReadonlyMap<string, number>,
): void {
  const { owner, pairedAtMs } = device.pairing
  // A claim after the request was sent is not in its answer.
  if (owner === undefined || pairedAtMs >= open.sentAtMs || timestamps.has(`user.${owner}`)) return
  for (const key of device.buckets.keys()) {
    if (typeOfKey(key) === 'user') device.buckets.delete(key)
  }
  device.pairing = newPairing(undefined)
  note(device, { kind: 'unpaired', owner })
}
