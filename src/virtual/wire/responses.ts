import {
  abortRequest,
  type Device,
  forgetRequest,
  note,
  type OpenRequest,
  violate,
} from '../device/device.ts'
import type { ResponseEvent } from '../signals/firmware-events.ts'
import { deviceListAnswered } from './device-list.ts'
import { entryAnswered } from './discovery.ts'
import { passphraseAnswered, statusAnswered } from './pairing-poll.ts'
import { putAnswered, putFailed } from './putting.ts'
import { failed } from './requests.ts'
import {
  chunkReceived,
  overdue,
  subscribeEnded,
  subscribeFailed,
  subscribeOpened,
} from './subscribing.ts'
import { pollOverdue } from './v3/polling.ts'

/** No answer of the protocol is anywhere near this long. */
const MAX_BODY_CHARS = 16 * 1024 * 1024

/** Routes one response event to the request it answers; ignores late ones of forgotten requests. */
export function responseHappened(device: Device, event: ResponseEvent) {
  const open = device.requests.get(event.requestId)
  if (open === undefined) return
  switch (event.type) {
    case 'responseHeaders':
      if (open.status !== undefined) return
      open.headers = event.headers
      return headersReceived(device, open, event.status)
    case 'responseChunk':
      return textReceived(device, open, event.text)
    case 'responseEnded':
      return ended(device, open)
    case 'responseFailed':
      return broke(device, open, event.reason)
  }
}

function headersReceived(device: Device, open: OpenRequest, status: number): void {
  open.status = status
  const { kind, id, url } = open.request
  note(device, { kind: 'answered', requestId: id, request: kind, status })
  if (status === 401) violate(device, 'I4', `HTTP 401 for ${url}`)
  if ('x-nl-set-client-credentials' in open.headers) {
    violate(device, 'I4', 'the server sent X-nl-set-client-credentials')
  }
  const opens = kind === 'subscribe' && device.profile.transport === 'v7'
  if (opens && status === 200) subscribeOpened(device, open)
}

function textReceived(device: Device, open: OpenRequest, text: string) {
  const { chunked, transport } = device.profile
  const held = open.request.kind === 'subscribe' && chunked && transport === 'v7'
  if (held && open.status === 200) return chunkReceived(device, open, text)
  if (open.text.length + text.length > MAX_BODY_CHARS) {
    abortRequest(device, open.request.id)
    return broke(device, open, 'the answer is too long')
  }
  open.text += text
}

function ended(device: Device, open: OpenRequest) {
  const { kind, id } = open.request
  if (open.status === undefined) return broke(device, open, 'the answer had no headers')
  if (open.status !== 200) return broke(device, open, `HTTP ${open.status}`)
  if (kind === 'subscribe') return subscribeEnded(device, open)
  forgetRequest(device, id)
  if (kind === 'entry') entryAnswered(device, open)
  else if (kind === 'passphrase') passphraseAnswered(device, open)
  else if (kind === 'passphraseStatus') statusAnswered(device, open)
  else if (kind === 'deviceList') deviceListAnswered(device, open)
  else putAnswered(device, open)
}

function broke(device: Device, open: OpenRequest, reason: string): void {
  const { kind, id } = open.request
  forgetRequest(device, id)
  if (kind === 'subscribe') subscribeFailed(device, open, reason)
  else if (kind === 'put') putFailed(device, open, reason)
  else failed(device, open, reason)
}

/** A request timed out: no answer at all, half an answer, or a hold without end. */
export function gaveUp(device: Device, requestId: number) {
  const open = device.requests.get(requestId)
  if (open === undefined) return
  if (open.request.kind === 'subscribe' && open.status === 200) {
    return overdue(device, requestId, 'S4', 'held longer than X-nl-suspend-time-max')
  }
  abortRequest(device, requestId)
  if (open.request.kind === 'subscribe' && device.profile.transport === 'v3') {
    return pollOverdue(device)
  }
  const waitedMs = device.nowMs - open.sentAtMs
  broke(device, open, `no complete answer within ${Math.round(waitedMs / 1000)} s`)
}
