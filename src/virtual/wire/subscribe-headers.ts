import { type Device, type OpenRequest, violate, violateTiming } from '../device/device.ts'

const DEFAULT_SUSPEND_MS = 300_000
const MAX_SUSPEND_S = 350

/** Checks the headers of a subscribe response of v7 (S2); see `checkTransportHeaders`. */
export function checkSubscribeHeaders(device: Device, open: OpenRequest): number {
  const { headers } = open
  const tookMs = device.nowMs - open.sentAtMs
  if (device.profile.chunked) {
    if (tookMs > device.profile.headersLateMs) {
      violateTiming(device, 'S2', `the headers took ${tookMs} ms`)
    }
    if (headers['transfer-encoding']?.toLowerCase() !== 'chunked') {
      violate(device, 'S2', 'no Transfer-Encoding: chunked')
    }
  }
  return checkTransportHeaders(device, open)
}

/**
 * Checks the headers of every transport answer (S2), adopts the defer window, and returns how long the
 * thermostat waits from now on, ms.
 */
export function checkTransportHeaders(device: Device, { headers }: OpenRequest): number {
  checkServiceTimestamp(device, headers['x-nl-service-timestamp'])
  const windowS = readNumber(headers['x-nl-defer-device-window'])
  if (windowS === undefined) violate(device, 'S2', 'no X-nl-defer-device-window in seconds')
  device.deferWindowMs = (windowS ?? 0) * 1000
  device.deferDisabled = 'x-nl-disable-defer-window' in headers
  const dial = device.waiting.get('dial')
  if (device.deferDisabled && dial !== undefined) dial.dueAtMs = device.nowMs
  const suspendS = readNumber(headers['x-nl-suspend-time-max'])
  if (suspendS === undefined || suspendS === 0) {
    violate(device, 'S2', 'no X-nl-suspend-time-max in seconds')
    return DEFAULT_SUSPEND_MS
  }
  if (suspendS > MAX_SUSPEND_S) violate(device, 'S4', `X-nl-suspend-time-max is ${suspendS}`)
  return suspendS * 1000
}

function checkServiceTimestamp(device: Device, value: string | undefined) {
  const timestamp = readNumber(value)
  if (timestamp === undefined) return violate(device, 'S2', 'no X-nl-service-timestamp')
  // Seconds instead of ms: multiplied by 1,000 they are closer to the clock.
  const { nowMs } = device
  if (Math.abs(timestamp * 1000 - nowMs) < Math.abs(timestamp - nowMs)) {
    violate(device, 'S2', `X-nl-service-timestamp ${timestamp} is not in ms`)
  }
}

function readNumber(value: string | undefined): number | undefined {
  if (value === undefined || !/^\d{1,15}(\.\d+)?$/.test(value.trim())) return undefined
  return Number(value)
}
