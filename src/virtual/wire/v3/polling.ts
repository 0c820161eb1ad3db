import {
  armTimer,
  type Device,
  forgetRequest,
  type OpenRequest,
  pauseOf,
  violate,
  violateTiming,
} from '../../device/device.ts'
import { type DeviceBucket, typeOfKey } from '../../device/device-bucket.ts'
import { readDocument } from '../documents.ts'
import { receiveBucket } from '../pushed-objects.ts'
import { failed, send, succeeded } from '../requests.ts'
import { checkTransportHeaders } from '../subscribe-headers.ts'
import { countPairingPush } from './pairing-pushes.ts'

/** The longest that a server may hold a poll (S4); before the first answer nothing tells. */
const LONGEST_HOLD_MS = 350_000
/** A poll that ends sooner than this with nothing useful is a failure: else it would spin. */
const SHORT_MS = 1000
/** What a real thermostat logs about a push that it cannot read. */
const BAD = 'bad header data'

/** Sends one long poll of transport v3 (V5). It waits while a bucket has no receipt (V3). */
export function poll(device: Device) {
  if (device.urls === undefined || device.dirty.size > 0) return
  const { subscribePath, listsVersions, bootSettleMs } = device.profile
  const listed = [...device.buckets.values()].filter(
    ({ key }) => !['user', 'structure'].includes(typeOfKey(key)),
  )
  const keys = listed.map(({ key, revision, timestamp }) => ({
    key: `${key}${device.keyNoise}`,
    ...(listsVersions ? { version: revision, timestamp } : {}),
  }))
  const url = device.urls.transport + subscribePath
  const requestId = send(device, 'subscribe', url, JSON.stringify({ keys }))
  armTimer(device, `giveUp:${requestId}`, device.nowMs + (device.suspendMs ?? LONGEST_HOLD_MS))
  device.subscriptions.set(requestId, {
    requestId,
    listedTimestamps: new Map(
      listsVersions ? listed.map(({ key, timestamp }) => [key, timestamp]) : [],
    ),
    useful: false,
  })
  const boot = device.waiting.get('boot')
  if (boot !== undefined) boot.dueAtMs = device.nowMs + bootSettleMs
}

/** The server answered a poll: with one bucket (V6), or with nothing at the end of the hold (V7). */
export function pollAnswered(device: Device, open: OpenRequest) {
  const subscription = device.subscriptions.get(open.request.id)
  device.suspendMs = checkTransportHeaders(device, open)
  forgetRequest(device, open.request.id)
  const heldMs = device.nowMs - open.sentAtMs
  if (!framedRight(device, open)) return failed(device, open, BAD)
  if (open.text === '') {
    if ('x-nl-skv-key' in open.headers) violate(device, 'V7', 'an empty answer names a bucket')
  } else {
    const pushed = readPush(device, open)
    if (pushed === undefined) return failed(device, open, BAD)
    countPairingPush(device, pushed)
    succeeded(device, 'subscribe')
    if (subscription === undefined || receiveBucket(device, subscription, pushed)) return
    // It has this already: a pause, so that a server that repeats itself is not polled in a loop.
    const notBeforeMs = device.nowMs + device.profile.firstPauseMs
    device.pauses.set('subscribe', { ...pauseOf(device, 'subscribe'), notBeforeMs })
    return
  }
  if (heldMs >= SHORT_MS) return succeeded(device, 'subscribe')
  failed(device, open, 'the poll ended at once')
}

/** The server never answered: the thermostat polls again (V7). */
export function pollOverdue(device: Device): void {
  violateTiming(device, 'V7', 'the poll was held longer than X-nl-suspend-time-max')
  succeeded(device, 'subscribe')
}

function framedRight(device: Device, { headers }: OpenRequest): boolean {
  if (headers['transfer-encoding'] !== undefined) {
    violate(device, 'V6', `${BAD}: the answer to a poll is ${headers['transfer-encoding']}`)
    return false
  }
  if (headers['content-length'] === undefined) {
    violate(device, 'V6', `${BAD}: the answer to a poll has no Content-Length`)
    return false
  }
  return true
}

/** The bare value of one bucket, which the headers name (V6). */
function readPush(device: Device, { headers, text }: OpenRequest): DeviceBucket | undefined {
  const value = readDocument(device, text)
  if (value === undefined) return violate(device, 'V6', `${BAD}: ${text.slice(0, 80)}`)
  const key = fromUtf8(headers['x-nl-skv-key'] ?? '')
  if ('objects' in value) return violate(device, 'V7', `${BAD}: the answer has the form of v7`)
  const revision = readCount(headers['x-nl-skv-version'])
  const timestamp = readCount(headers['x-nl-skv-timestamp'])
  if (!/^[^.]+\../.test(key) || revision === undefined || timestamp === undefined) {
    return violate(device, 'V6', `${BAD}: no X-nl-skv-key, -version and -timestamp`)
  }
  if (timestamp === 0) return violate(device, 'V5', `asked to upload ${key}, which v3 cannot read`)
  return { key, revision, timestamp, value }
}

function readCount(text: string | undefined): number | undefined {
  return /^\d{1,15}$/.test(text ?? '') ? Number(text) : undefined
}

/** A header arrives as one character for each byte; a user id may have any letter (P10). */
function fromUtf8(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
