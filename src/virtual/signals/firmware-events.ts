import type { WireObject } from '../json.ts'

/**
 * What can happen to a thermostat. Every event carries `nowMs`, the thermostat's own clock in ms
 * since epoch: the model has no other clock, so a simulation may skew it. `nowMs` must not go
 * backwards from one event to the next of the same thermostat.
 */
export type FirmwareEvent = { readonly nowMs: number } & FirmwareHappening

/** A `FirmwareEvent` without its time: what the power, a timer, the server, a person or the house did. */
export type FirmwareHappening =
  | ResponseEvent
  | Readonly<
      /** First power. Only once; after that use `rebooted`. */
      | { type: 'booted' }
      /**
       * Power cycle at any moment: every open request is aborted and every timer cancelled (as
       * effects), then it boots. `loseMemory` forgets buckets, owner and code; otherwise keys,
       * revisions, timestamps, values and the owner survive. Either way the full state is put again.
       */
      | { type: 'rebooted'; loseMemory: boolean }
      /** A timer of an `armTimer` effect is due. Late, repeated or stale firings are harmless. */
      | { type: 'timerFired'; timer: string }
      /** Turned to this setpoint; in eco this leaves eco as well. Put after the defer window. */
      | { type: 'dialTurned'; celsius: number }
      | { type: 'modeSet'; mode: Mode }
      /** Into manual eco, or out of it. */
      | { type: 'ecoPressed' }
      /** The schedule was edited on the thermostat: put whole. */
      | { type: 'scheduleEdited'; schedule: WireObject }
      | ({ type: 'sensed' } & SensorReadings)
      /** Its own schedule moves the setpoint: put at once and apart from everything else. */
      | { type: 'scheduleTransition'; celsius: number }
      /** The wifi chip opens another subscription while one is held (S7), up to `maxSubscriptions`. */
      | { type: 'resubscribed' }
    >

/**
 * What came back for a `sendRequest` effect, in this order: `responseHeaders` once,
 * `responseChunk` any number of times, then `responseEnded` or `responseFailed` once.
 * `responseFailed` may come at any point (also instead of headers). Events of a request that was
 * aborted, that ended, or that is unknown are ignored, so late and duplicated ones do no harm.
 */
export type ResponseEvent = Readonly<
  /** Header names in lower case. */
  | { type: 'responseHeaders'; requestId: number; status: number; headers: ResponseHeaders }
  /** Exactly one chunk of a chunked body as the server framed it, or the whole of a plain body. */
  | { type: 'responseChunk'; requestId: number; text: string }
  /** The body is complete: `0\r\n\r\n`, or Content-Length bytes. */
  | { type: 'responseEnded'; requestId: number }
  /** Refused, reset, closed before the end, unreadable. `reason` is for people. */
  | { type: 'responseFailed'; requestId: number; reason: string }
>

export type ResponseHeaders = Readonly<Record<string, string>>

export type Mode = 'heat' | 'cool' | 'range' | 'off' | 'emergency'

/** New sensor readings; below 3.6 V the thermostat goes offline until the battery is back. */
export interface SensorReadings {
  readonly currentTemperature?: number
  readonly humidity?: number
  readonly batteryVolts?: number
}
