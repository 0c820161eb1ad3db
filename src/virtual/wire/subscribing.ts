import {
  abortRequest,
  armTimer,
  type Device,
  forgetRequest,
  type HeldSubscribe,
  type OpenRequest,
  pauseOf,
  violate,
  violateTiming,
} from '../device/device.ts'
import { typeOfKey } from '../device/device-bucket.ts'
import { parseJsonObject } from '../json.ts'
import type { RuleLabel } from '../signals/effects.ts'
import { receive } from './pushed-objects.ts'
import { failed, send, succeeded } from './requests.ts'
import { checkSubscribeHeaders } from './subscribe-headers.ts'
import { poll, pollAnswered } from './v3/polling.ts'

const GIVE_UP_AFTER_CHUNK_MS = 5000
const PLAIN_ANSWER_WITHIN_MS = 7000
/** A subscribe that ends sooner than this with nothing useful is a failure: else it would spin. */
const SHORT_MS = 1000

/** Keeps one subscription open once the server's URLs are known (S1). */
export function settleSubscribe(device: Device) {
  if (device.urls === undefined || device.subscriptions.size > 0) return
  if (!device.hasComparedList) return
  const { notBeforeMs } = pauseOf(device, 'subscribe')
  if (device.nowMs < notBeforeMs) return armTimer(device, 'subscribe', notBeforeMs)
  subscribe(device)
}

/** Opens one more subscription (S7); at the profile's limit the oldest is aborted first. */
export function resubscribe(device: Device): void {
  if (device.urls === undefined || !device.hasComparedList) return
  const [oldest] = device.subscriptions.keys()
  if (oldest !== undefined && device.subscriptions.size >= device.profile.maxSubscriptions) {
    abortRequest(device, oldest)
  }
  subscribe(device)
}

function subscribe(device: Device) {
  if (device.urls === undefined) return
  if (device.profile.transport === 'v3') return poll(device)
  const { chunked, subscribeForm, subscribePath, inlineValues, listsPairingBuckets } =
    device.profile
  const listed = [...device.buckets.values()].filter(
    ({ key }) => listsPairingBuckets || !['user', 'structure'].includes(typeOfKey(key)),
  )
  const entries = listed.map(({ key, revision, timestamp, value }) => ({
    object_revision: revision,
    object_timestamp: timestamp,
    object_key: key,
    ...(inlineValues && timestamp === 0 && revision === 0 ? { value } : {}),
  }))
  const buckets =
    subscribeForm === 'objects'
      ? { objects: entries }
      : Object.fromEntries(entries.map((entry) => [typeOfKey(entry.object_key), entry]))
  const body = JSON.stringify({ chunked, session: session(device), ...buckets })
  const requestId = send(device, 'subscribe', device.urls.transport + subscribePath, body)
  device.subscriptions.set(requestId, {
    requestId,
    listedTimestamps: new Map(listed.map(({ key, timestamp }) => [key, timestamp])),
    useful: false,
  })
}

/** The session never changes, not even over reboots (S1). */
export function session(device: Device): string {
  return `${device.profile.serial}-${device.profile.suffix}`
}

/** The server accepted the subscribe: checks its headers and arms the timeout. */
export function subscribeOpened(device: Device, open: OpenRequest): void {
  const suspendTimeMaxMs = checkSubscribeHeaders(device, open)
  armTimer(device, `giveUp:${open.request.id}`, device.nowMs + suspendTimeMaxMs)
  const boot = device.waiting.get('boot')
  if (boot !== undefined && boot.dueAtMs === Number.POSITIVE_INFINITY) {
    boot.dueAtMs = device.nowMs + device.profile.bootSettleMs
  }
}

/** One chunk of a held subscribe: one complete document (S5), or a broken rule (S3). */
export function chunkReceived(device: Device, open: OpenRequest, text: string): void {
  const subscription = device.subscriptions.get(open.request.id)
  if (subscription === undefined || open.status !== 200) return
  const objects = parseJsonObject(text)?.objects
  if (!Array.isArray(objects)) {
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

/** The server did not end the response in time (S4, S5): the thermostat closes it itself. */
export function overdue(device: Device, requestId: number, rule: RuleLabel, detail: string): void {
  if (!device.subscriptions.has(requestId)) return
  violateTiming(device, rule, detail)
  succeeded(device, 'subscribe')
  abortRequest(device, requestId)
}

/** The server finished the response, with status 200. */
export function subscribeEnded(device: Device, open: OpenRequest) {
  if (device.profile.transport === 'v3') return pollAnswered(device, open)
  const subscription = device.subscriptions.get(open.request.id)
  const heldMs = device.nowMs - open.sentAtMs
  if (!device.profile.chunked && subscription !== undefined) {
    const objects = parseJsonObject(open.text)?.objects
    receiveAll(device, subscription, Array.isArray(objects) ? objects : [])
    if (heldMs > PLAIN_ANSWER_WITHIN_MS) violateTiming(device, 'S2', 'no plain answer within 7 s')
  }
  forgetRequest(device, open.request.id)
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
