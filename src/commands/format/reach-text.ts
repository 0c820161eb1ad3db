import type { JsonObject } from '../../protocol/bucket.ts'
import { exactDuration, instant } from './units.ts'

/** A thermostat that is not reachable: `not heard from since 14:03`. */
export function silenceText(status: JsonObject, nowMs: number): string {
  const seenMs = lastSeenMs(status)
  return seenMs === undefined
    ? 'never heard from'
    : `not heard from since ${instant(seenMs, nowMs)}`
}

/** When it was last heard, wall clock, ms. */
export function lastSeenMs({ last_seen: seen }: JsonObject): number | undefined {
  const ms = typeof seen === 'string' ? Date.parse(seen) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}

/**
 * What a queued change waits for, as it goes on after "waits for". With a connection it is its turn:
 * schedules keep their distance (`D6`), and the thermostat's own report goes first.
 */
export function waitingText(status: JsonObject, nowMs: number, who = 'the thermostat'): string {
  const { subscription_count: held, is_available: available, max_sleep_seconds: sleepS } = status
  if (typeof held === 'number' && held > 0) return 'its turn'
  if (available !== true) return `${who}, ${silenceText(status, nowMs)}`
  // A server of an older version does not say how long.
  const sleep = typeof sleepS === 'number' ? `; it sleeps up to ${exactDuration(sleepS)}` : ''
  return `${who} to call${sleep}`
}
