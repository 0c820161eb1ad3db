import {
  abortRequest,
  armTimer,
  type Device,
  forgetRequest,
  type HeldSubscribe,
  type OpenRequest,
  violate,
  violateTiming,
} from '../device/device.ts'
import { type DeviceBucket, typeOfKey } from '../device/device-bucket.ts'
import { parseJsonObject, type WireObject } from '../json.ts'
import { receive } from './pushed-objects.ts'
import { failed, send, succeeded } from './requests.ts'
import { checkSubscribeHeaders } from './subscribe-headers.ts'

const GIVE_UP_AFTER_CHUNK_MS = 5000
const PLAIN_ANSWER_WITHIN_MS = 7000
/** A subscribe that ends sooner than this with nothing useful is a failure: else it would spin. */
const SHORT_MS = 1000

/** Keeps one subscription open once the server's URLs are known (S1). */
export function settleSubscribe(device: Device) {
  if (device.urls === undefined || device.subscriptions.size > 0) return
  const { notBeforeMs } = device.pauses.subscribe
  if (device.nowMs < notBeforeMs) return armTimer(device, 'subscribe', notBeforeMs)
  subscribe(device)
}

/** Opens one more subscription (S7); at the profile's limit the oldest is aborted first. */
export function resubscribe(device: Device): void {
  if (device.urls === undefined) return
  const [oldest] = device.subscriptions.keys()
  if (oldest !== undefined && device.subscriptions.size >= device.profile.maxSubscriptions) {
    abortRequest(device, oldest)
  }
  subscribe(device)
}

function subscribe(device: Device): void {
  if (device.urls === undefined) return
  const { profile } = device
  const listed = [...device.buckets.values()].filter((bucket) => isListed(device, bucket))
  const entries = listed.map((bucket) => ({
    object_revision: bucket.revision,
    object_timestamp: bucket.timestamp,
    object_key: bucket.key,
    ...(profile.inlineValues && bucket.timestamp === 0 && bucket.revision === 0
      ? { value: bucket.value }
      : {}),
  }))
  const buckets =
    profile.subscribeForm === 'objects'
      ? { objects: entries }
      : Object.fromEntries(entries.map((entry) => [typeOfKey(entry.object_key), entry]))
  const text = JSON.stringify({ chunked: profile.chunked, session: session(device), ...buckets })
  const requestId = send(
    device,
    'subscribe',
    'POST',
    device.urls.transport + profile.subscribePath,
    { type: 'application/json', text },
  )
  device.subscriptions.set(requestId, {
    requestId,
    listedTimestamps: new Map(listed.map(({ key, timestamp }) => [key, timestamp])),
    useful: false,
  })
}

function isListed(device: Device, bucket: DeviceBucket): boolean {
  const type = typeOfKey(bucket.key)
  return device.profile.listsPairingBuckets || (type !== 'user' && type !== 'structure')
}

/** The session never changes, not even over reboots (S1). */
export function session(device: Device): string {
  return `${device.profile.serial}-${device.profile.suffix}`
}

/** The server accepted the subscribe: checks its headers and arms the timeout. */
export function subscribeOpened(device: Device, open: OpenRequest): void {
  if (open.status !== 200) return
  const suspendTimeMaxMs = checkSubscribeHeaders(device, open)
  armTimer(device, `giveUp:${open.request.id}`, device.nowMs + suspendTimeMaxMs)
  const boot = device.waiting.get('boot')
  if (boot !== undefined && boot.dueAtMs === Number.POSITIVE_INFINITY) {
    boot.dueAtMs = device.nowMs + device.profile.bootSettleMs
  }
  const dial = device.waiting.get('dial')
  if (device.deferDisabled && dial !== undefined) dial.dueAtMs = device.nowMs
}

/** One chunk of a held subscribe: one complete document (S5), or a broken rule (S3). */
export function chunkReceived(device: Device, open: OpenRequest, text: string): void {
  const subscription = device.subscriptions.get(open.request.id)
  if (subscription === undefined || open.status !== 200) return
  const objects = readObjects(parseJsonObject(text))
  if (objects === undefined) {
    const shown = JSON.stringify(text.slice(0, 80))
    if (text.includes('"objects"')) violate(device, 'S5', `not one whole document: ${shown}`)
    else violate(device, 'S3', `bytes where nothing is pushed: ${shown}`)
  } else if (objects.length === 0) {
    violate(device, 'S3', 'a document without objects where nothing is pushed')
  } else {
    receiveAll(device, subscription, objects)
  }
  armTimer(device, `idle:${open.request.id}`, device.nowMs + GIVE_UP_AFTER_CHUNK_MS)
}

function readObjects(document: WireObject | undefined): readonly unknown[] | undefined {
  return Array.isArray(document?.objects) ? document.objects : undefined
}

function receiveAll(
  device: Device,
  subscription: HeldSubscribe,
  objects: readonly unknown[],
): void {
  const wasPaired = device.pairing.owner !== undefined
  for (const object of objects) {
    if (receive(device, subscription, object)) subscription.useful = true
  }
  const types = new Set([...device.buckets.keys()].map(typeOfKey))
  if (!wasPaired && device.pairing.owner !== undefined && !types.has('structure')) {
    violate(device, 'P9', 'the user bucket came without a structure bucket in the same body')
  }
}

/** No end within 5 s of a chunk: the thermostat closes the connection itself (S5). */
export function idleFired(device: Device, requestId: number): void {
  if (!device.subscriptions.has(requestId)) return
  violateTiming(device, 'S5', 'the response was not finished within 5 s of the last chunk')
  succeeded(device, 'subscribe')
  abortRequest(device, requestId)
}

/** The hold went on beyond X-nl-suspend-time-max (S4). */
export function heldTooLong(device: Device, open: OpenRequest): void {
  violateTiming(device, 'S4', 'held longer than X-nl-suspend-time-max')
  succeeded(device, 'subscribe')
  abortRequest(device, open.request.id)
}

/** The server finished the response. */
export function subscribeEnded(device: Device, open: OpenRequest) {
  const subscription = device.subscriptions.get(open.request.id)
  const heldMs = device.nowMs - open.sentAtMs
  if (open.status === 200 && !device.profile.chunked && subscription !== undefined) {
    const objects = readObjects(parseJsonObject(open.text)) ?? []
    receiveAll(device, subscription, objects)
    if (heldMs > PLAIN_ANSWER_WITHIN_MS) violateTiming(device, 'S2', 'no plain answer within 7 s')
  }
  forgetRequest(device, open.request.id)
  if (open.status !== 200) return failed(device, open, `HTTP ${open.status}`)
  if (subscription?.useful || heldMs >= SHORT_MS) return succeeded(device, 'subscribe')
  failed(device, open, 'the subscribe ended at once')
}

/** The connection broke. A hold that had lasted resets the retry pause. */
export function subscribeFailed(device: Device, open: OpenRequest, reason: string): void {
  if (open.status === 200 && device.nowMs - open.sentAtMs >= SHORT_MS) {
    succeeded(device, 'subscribe')
  }
  failed(device, open, reason)
}
