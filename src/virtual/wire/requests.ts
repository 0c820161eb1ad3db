import { armTimer, type Device, note, type OpenRequest, pauseOf } from '../device/device.ts'
import type { DeviceRequest, RequestKind } from '../signals/effects.ts'

/** Sends one request, a GET without a body, and arms its timeout; returns its id. */
export function send(
  device: Device,
  kind: RequestKind,
  url: string,
  body?: string,
  contentType = 'application/json',
): number {
  const id = device.nextRequestId++
  const headers = {
    ...identityHeaders(device),
    Accept: 'application/json',
    'User-Agent': `Nest/${device.profile.softwareVersion}`,
    ...(body === undefined ? {} : { 'Content-Type': contentType }),
  }
  const method = body === undefined ? 'GET' : 'POST'
  const request: DeviceRequest = { id, kind, method, url, headers, body }
  const sentAtMs = device.nowMs
  device.requests.set(id, { request, sentAtMs, status: undefined, headers: {}, text: '' })
  armTimer(device, `giveUp:${id}`, device.nowMs + device.profile.answerTimeoutMs)
  device.effects.push({ type: 'sendRequest', request })
  note(device, { kind: 'requested', requestId: id, request: kind, url })
  return id
}

/** Whether a request of one of the kinds is in flight, or held. */
export function isOpen(device: Device, ...kinds: readonly RequestKind[]): boolean {
  return [...device.requests.values()].some(({ request }) => kinds.includes(request.kind))
}

/** The headers that say who is calling (I1, I2). */
function identityHeaders(device: Device): Record<string, string> {
  const { serial, suffix, password, identity } = device.profile
  const userId = `d.${serial}.${suffix}`
  if (identity === 'clientId') return { 'X-nl-client-id': userId }
  if (identity === 'deviceId') return { 'X-nl-device-id': serial }
  const token = Buffer.from(`${userId}:${password}`).toString('base64')
  return { Authorization: `Basic ${token}` }
}

/** Resets the retry pause of this kind after a good answer. */
export function succeeded(device: Device, kind: RequestKind): void {
  device.pauses.delete(kind)
}

/**
 * Notes a failure and decides when the next request of this kind may be sent. HTTP 400 is retried
 * twice, each after the first pause; everything else after pauses that double up to a bound.
 */
export function failed(device: Device, open: OpenRequest, reason: string): void {
  const { kind, id, url } = open.request
  const { status } = open
  const before = pauseOf(device, kind)
  const { firstPauseMs, maxPauseMs } = device.profile
  const badRequests = status === 400 ? before.badRequests + 1 : 0
  const again = status === 400 && badRequests <= 2
  const growingMs = Math.min(maxPauseMs, firstPauseMs * 2 ** Math.min(before.failures, 30))
  const retryInMs = again ? firstPauseMs : growingMs
  const failures = again ? before.failures : before.failures + 1
  device.pauses.set(kind, { failures, badRequests, notBeforeMs: device.nowMs + retryInMs })
  note(device, { kind: 'failed', requestId: id, request: kind, url, reason, status, retryInMs })
}
