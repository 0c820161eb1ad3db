import {
  armTimer,
  type Device,
  type FieldsByKey,
  note,
  type OpenRequest,
  type PutInFlight,
  pauseOf,
} from '../device/device.ts'
import { waitToPut } from '../device/local-changes.ts'
import type { WireObject } from '../json.ts'
import type { PutReason } from '../signals/effects.ts'
import { readReceipts } from './receipts.ts'
import { failed, send, succeeded } from './requests.ts'
import { session } from './subscribing.ts'
import { nestedPutBody, readNestedReceipts } from './v3/nested-put.ts'

/** The order in which waiting puts are sent; each reason is a request of its own. */
const ORDER: readonly PutReason[] = [
  'missing',
  'boot',
  'acknowledge',
  'dial',
  'change',
  'transition',
  'hvac',
]

/** Sends the first due put, one at a time; otherwise arms a timer for the next one. */
export function settlePut(device: Device) {
  if (device.urls === undefined || device.putInFlight !== undefined) return
  if (!device.hasComparedList) return
  for (const [reason, { fields }] of device.waiting) {
    for (const [key, names] of fields) if (names.size === 0) fields.delete(key)
    if (fields.size === 0) device.waiting.delete(reason)
  }
  const { notBeforeMs } = pauseOf(device, 'put')
  const due = ORDER.find(
    (reason) => (device.waiting.get(reason)?.dueAtMs ?? Infinity) <= device.nowMs,
  )
  if (due !== undefined && notBeforeMs <= device.nowMs) return put(device, due)
  const dueAtMs = Math.min(...[...device.waiting.values()].map((waiting) => waiting.dueAtMs))
  if (Number.isFinite(dueAtMs)) armTimer(device, 'put', Math.max(dueAtMs, notBeforeMs))
}

function put(device: Device, reason: PutReason): void {
  const fields = device.waiting.get(reason)?.fields
  if (fields === undefined || device.urls === undefined) return
  device.waiting.delete(reason)
  const url = device.urls.transport + device.profile.putPath
  const requestId = send(device, 'put', url, JSON.stringify(putBody(device, fields)))
  const baseOf = (key: string) => ({
    revision: device.buckets.get(key)?.revision ?? 0,
    serverTimestamp: device.serverTimestamps.get(key) ?? 0,
  })
  const bases = new Map([...fields.keys()].map((key) => [key, baseOf(key)]))
  device.putInFlight = { requestId, reason, fields, bases }
  const names = Object.fromEntries([...fields].map(([key, set]) => [key, [...set]]))
  note(device, { kind: 'put', requestId, fields: names, reason })
}

/** The body, in the form of v3 (V2) or in either form of U1. */
function putBody(device: Device, fields: FieldsByKey): WireObject {
  const { putForm, conditionalPuts, transport } = device.profile
  if (transport === 'v3') return nestedPutBody(device, fields)
  const entries = [...fields].map(([key, names]) => {
    const bucket = device.buckets.get(key)
    const value = Object.fromEntries([...names].map((name) => [name, bucket?.value[name]]))
    const revision = bucket?.revision ?? 0
    const condition = conditionalPuts ? { if_object_revision: revision } : {}
    const head = { object_key: key, base_object_revision: revision, ...condition }
    return [key, { ...head, ...(putForm === 'objects' ? { value } : value) }] as const
  })
  return putForm === 'objects'
    ? { session: session(device), objects: entries.map(([, entry]) => entry) }
    : { session: session(device), ...Object.fromEntries(entries) }
}

/** The server answered a put: read the receipts, or try again. */
export function putAnswered(device: Device, open: OpenRequest) {
  const sent = device.putInFlight
  if (sent === undefined || sent.requestId !== open.request.id) return
  device.putInFlight = undefined
  if (device.profile.transport === 'v3') return nestedPutAnswered(device, open, sent)
  succeeded(device, 'put')
  const refused = readReceipts(device, sent, open.text)
  if (refused.size === 0) return
  requeue(device, { ...sent, fields: refused })
  const notBeforeMs = device.nowMs + device.profile.firstPauseMs
  device.pauses.set('put', { ...pauseOf(device, 'put'), notBeforeMs })
}

/** Buckets without a receipt of both marks are put again and again, with growing pauses (V3). */
function nestedPutAnswered(device: Device, open: OpenRequest, sent: PutInFlight) {
  const unreceipted = readNestedReceipts(device, sent, open.text)
  if (unreceipted.size === 0) return succeeded(device, 'put')
  failed(device, open, 'no receipt with $version and $timestamp')
  requeue(device, { ...sent, fields: unreceipted })
}

/** A put failed: sends it again later, or drops it after three HTTP 400; a dirty bucket of v3 is never dropped (V3). */
export function putFailed(device: Device, open: OpenRequest, reason: string): void {
  const sent = device.putInFlight
  if (sent === undefined || sent.requestId !== open.request.id) return
  device.putInFlight = undefined
  failed(device, open, reason)
  const pause = pauseOf(device, 'put')
  if (pause.badRequests > 2 && device.profile.transport !== 'v3') {
    device.pauses.set('put', { ...pause, badRequests: 0 })
    note(device, { kind: 'putDropped', keys: [...sent.fields.keys()] })
  } else {
    requeue(device, sent)
  }
}

/** Lets the fields wait again, except those that meanwhile wait for a newer reason. */
function requeue(device: Device, { reason, fields }: PutInFlight): void {
  const newer = [...device.waiting].filter(([other]) => other !== reason)
  for (const [key, names] of fields) {
    const isNewer = (name: string) => newer.some(([, { fields }]) => fields.get(key)?.has(name))
    const old = [...names].filter((name) => !isNewer(name))
    waitToPut(device, key, old, reason)
  }
}
