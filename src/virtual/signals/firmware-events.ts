import type { WireObject } from '../json.ts'

/**
 * What can happen to a thermostat. Every event carries `nowMs`, the thermostat's own clock in ms
 * since epoch: the model has no other clock, so a simulation may skew it. `nowMs` must not go
 * backwards from one event to the next of the same thermostat.
 */
export type FirmwareEvent = { readonly nowMs: number } & FirmwareHappening

/** A `FirmwareEvent` without its time. */
export type FirmwareHappening = PowerEvent | TimerEvent | ResponseEvent | PersonEvent | HouseEvent

/** First power. Only once; after that use `rebooted`. */
type PowerEvent =
  | { readonly type: 'booted' }
  /**
   * Power cycle at any moment: every open request is aborted and every timer cancelled (as
   * effects), then it boots. `loseMemory` forgets buckets, owner and code; otherwise keys,
   * revisions, timestamps, values and the owner survive. Either way the full state is put again.
   */
  | { readonly type: 'rebooted'; readonly loseMemory: boolean }

/** A timer of an `armTimer` effect is due. Late, repeated or stale firings are harmless. */
type TimerEvent = { readonly type: 'timerFired'; readonly timer: string }

/**
 * What came back for a `sendRequest` effect, in this order: `responseHeaders` once,
 * `responseChunk` any number of times, then `responseEnded` or `responseFailed` once.
 * `responseFailed` may come at any point (also instead of headers). Events of a request that was
 * aborted, that ended, or that is unknown are ignored, so late and duplicated ones do no harm.
 */
export type ResponseEvent =
  | {
      readonly type: 'responseHeaders'
      readonly requestId: number
      readonly status: number
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string>>
    }
  /** Exactly one chunk of a chunked body as the server framed it, or the whole of a plain body. */
  | { readonly type: 'responseChunk'; readonly requestId: number; readonly text: string }
  /** The body is complete: `0\r\n\r\n`, or Content-Length bytes. */
  | { readonly type: 'responseEnded'; readonly requestId: number }
  /** Refused, reset, closed before the end, unreadable. `reason` is for people. */
  | { readonly type: 'responseFailed'; readonly requestId: number; readonly reason: string }

export type Mode = 'heat' | 'cool' | 'range' | 'off' | 'emergency'

/** A person at the thermostat. */
type PersonEvent =
  /** Turned to this setpoint; in eco this leaves eco as well. Put after the defer window. */
  | { readonly type: 'dialTurned'; readonly celsius: number }
  | { readonly type: 'modeSet'; readonly mode: Mode }
  /** Into manual eco, or out of it. */
  | { readonly type: 'ecoPressed' }
  /** The schedule was edited on the thermostat: put whole. */
  | { readonly type: 'scheduleEdited'; readonly schedule: WireObject }

/** The house around it. */
type HouseEvent =
  /** New sensor readings; below 3.6 V it goes offline until the battery is back. */
  | {
      readonly type: 'sensed'
      readonly currentTemperature?: number
      readonly humidity?: number
      readonly batteryVolts?: number
    }
  /** Its own schedule moves the setpoint: put at once and apart from everything else. */
  | { readonly type: 'scheduleTransition'; readonly celsius: number }
  /** The wifi chip opens another subscription while one is held (S7), up to `maxSubscriptions`. */
  | { readonly type: 'resubscribed' }
