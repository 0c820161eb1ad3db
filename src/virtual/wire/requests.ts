import { armTimer, type Device, noPause, note, type OpenRequest } from '../device/device.ts'
import type { DeviceRequest } from '../signals/effects.ts'
import type { RequestKind } from '../signals/notes.ts'

/** Sends one request and arms its timeout; returns its id. */
export function send(
  device: Device,
  kind: RequestKind,
  method: 'GET' | 'POST',
  url: string,
  body?: { type: string; text: string },
): number {
  const id = device.nextRequestId++
  const headers = {
    ...identityHeaders(device),
    Accept: 'application/json',
    'User-Agent': `Nest/${device.profile.softwareVersion}`,
    ...(body === undefined ? {} : { 'Content-Type': body.type }),
  }
  const request: DeviceRequest = { id, kind, method, url, headers, body: body?.text }
  const sentAtMs = device.nowMs
  device.requests.set(id, { request, sentAtMs, status: undefined, headers: {}, text: '' })
  armTimer(device, `giveUp:${id}`, device.nowMs + device.profile.answerTimeoutMs)
  device.effects.push({ type: 'sendRequest', request })
  note(device, { kind: 'requested', requestId: id, request: kind, url })
  return id
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
  device.pauses[kind] = noPause()
}

/**
 * Notes a failure and decides when the next request of this kind may be sent. HTTP 400 is retried
 * twice, each after the first pause; everything else after pauses that double up to a bound.
 */
export function failed(device: Device, open: OpenRequest, reason: string): void {
  const { kind, id, url } = open.request
  const pause = device.pauses[kind]
  const { firstPauseMs, maxPauseMs } = device.profile
  pause.badRequests = open.status === 400 ? pause.badRequests + 1 : 0
  const again = open.status === 400 && pause.badRequests <= 2
  const growingMs = Math.min(maxPauseMs, firstPauseMs * 2 ** Math.min(pause.failures, 30))
  const retryInMs = again ? firstPauseMs : growingMs
  if (!again) pause.failures += 1
  pause.notBeforeMs = device.nowMs + retryInMs
  const { status } = open
  note(device, { kind: 'failed', requestId: id, request: kind, url, reason, status, retryInMs })
}
