import {
  armTimer,
  type Device,
  type FieldsByKey,
  note,
  type OpenRequest,
  type PutInFlight,
} from '../device/device.ts'
import { fieldsOf } from '../device/local-changes.ts'
import type { WireObject } from '../json.ts'
import type { PutReason } from '../signals/notes.ts'
import { readReceipts } from './receipts.ts'
import { failed, send, succeeded } from './requests.ts'
import { session } from './subscribing.ts'

/** The order in which waiting puts are sent; each reason is a request of its own. */
const ORDER: readonly PutReason[] = ['boot', 'acknowledge', 'dial', 'change', 'transition', 'hvac']

/** Sends the first due put, one at a time; otherwise arms a timer for the next one. */
export function settlePut(device: Device) {
  if (device.urls === undefined || device.putInFlight !== undefined) return
  for (const [reason, { fields }] of device.waiting) {
    for (const [key, names] of fields) if (names.size === 0) fields.delete(key)
    if (fields.size === 0) device.waiting.delete(reason)
  }
  const { notBeforeMs } = device.pauses.put
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
  const text = JSON.stringify(putBody(device, fields))
  const url = device.urls.transport + device.profile.putPath
  const requestId = send(device, 'put', 'POST', url, { type: 'application/json', text })
  const bases = new Map(
    [...fields.keys()].map((key) => [
      key,
      {
        revision: device.buckets.get(key)?.revision ?? 0,
        serverTimestamp: device.serverTimestamps.get(key) ?? 0,
      },
    ]),
  )
  device.putInFlight = { requestId, reason, fields, bases }
  const names = Object.fromEntries([...fields].map(([key, set]) => [key, [...set]]))
  note(device, { kind: 'put', requestId, fields: names, reason })
}

/** The body, in either form of U1. */
function putBody(device: Device, fields: FieldsByKey): WireObject {
  const { putForm, conditionalPuts } = device.profile
  const entries = [...fields].map(([key, names]) => {
    const bucket = device.buckets.get(key)
    const value = Object.fromEntries([...names].map((name) => [name, bucket?.value[name]]))
    const revision = bucket?.revision ?? 0
    const head = {
      object_key: key,
      base_object_revision: revision,
      ...(conditionalPuts ? { if_object_revision: revision } : {}),
    }
    return { key, head, value }
  })
  if (putForm === 'objects') {
    const objects = entries.map(({ head, value }) => ({ ...head, value }))
    return { session: session(device), objects }
  }
  const keyed = entries.map(({ key, head, value }) => [key, { ...head, ...value }])
  return { session: session(device), ...Object.fromEntries(keyed) }
}

/** The server answered a put: read the receipts, or try again. */
export function putAnswered(device: Device, open: OpenRequest) {
  const sent = device.putInFlight
  if (sent === undefined || sent.requestId !== open.request.id) return
  if (open.status !== 200) return putFailed(device, open, `HTTP ${open.status}`)
  device.putInFlight = undefined
  succeeded(device, 'put')
  const refused = readReceipts(device, sent, open.text)
  if (refused.size === 0) return
  requeue(device, { ...sent, fields: refused })
  device.pauses.put.notBeforeMs = device.nowMs + device.profile.firstPauseMs
}

/** A put failed: sends it again later, or drops it after three HTTP 400. */
export function putFailed(device: Device, open: OpenRequest, reason: string): void {
  const sent = device.putInFlight
  if (sent === undefined || sent.requestId !== open.request.id) return
  device.putInFlight = undefined
  failed(device, open, reason)
  if (device.pauses.put.badRequests > 2) {
    device.pauses.put.badRequests = 0
    note(device, { kind: 'putDropped', keys: [...sent.fields.keys()] })
  } else {
    requeue(device, sent)
  }
}

/** Lets the fields wait again, except those that meanwhile wait for a newer reason. */
function requeue(device: Device, sent: PutInFlight): void {
  const waiting = device.waiting.get(sent.reason) ?? { dueAtMs: device.nowMs, fields: new Map() }
  const newer = [...device.waiting].filter(([reason]) => reason !== sent.reason)
  waiting.dueAtMs = device.nowMs
  for (const [key, names] of sent.fields) {
    const set = fieldsOf(waiting.fields, key)
    for (const name of names) {
      if (!newer.some(([, { fields }]) => fields.get(key)?.has(name))) set.add(name)
    }
  }
  device.waiting.set(sent.reason, waiting)
}
