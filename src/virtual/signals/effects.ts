import type { WireObject } from '../json.ts'
import type { Mode } from './firmware-events.ts'

/** What a request is for. */
export type RequestKind =
  | 'entry'
  | 'passphrase'
  | 'passphraseStatus'
  | 'deviceList'
  | 'subscribe'
  | 'put'

/** One HTTP request to send. Ids count up and are never used twice, not even after a reboot. */
export interface DeviceRequest {
  readonly id: number
  readonly kind: RequestKind
  readonly method: 'GET' | 'POST'
  /** Absolute; the host is the one the server's entry document named. */
  readonly url: string
  /** Without Host and Content-Length: the sender adds them. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** What the thermostat wants done, in this order, after one event. */
export type Effect = Readonly<
  | { type: 'sendRequest'; request: DeviceRequest }
  /** Close the request's connection; events for it are ignored from now on. */
  | { type: 'abortRequest'; requestId: number }
  /** Send `timerFired` at `atMs` (thermostat's clock). Arming a name again replaces it. */
  | { type: 'armTimer'; timer: string; atMs: number }
  | { type: 'cancelTimer'; timer: string }
  | { type: 'screenChanged'; screen: Screen }
  /** The server broke a rule of docs/protocol.md. The thermostat carries on. */
  | { type: 'ruleViolated'; violation: Violation }
  /** For logs and people; needs no action. */
  | { type: 'noted'; note: Note }
>

/** What the round screen shows. */
export type Screen = Readonly<
  | { phase: 'off' }
  | { phase: 'batteryLow' }
  /** Switched on, unpaired, no usable code yet. */
  | { phase: 'connecting' }
  /** `code` as the server gave it (`A3XR7M2`), `display` as people read it (`A3X-R7M2`). */
  | { phase: 'code'; code: string; display: string; expiresAtMs: number }
  | {
      phase: 'paired'
      owner: string
      mode: Mode
      eco: boolean
      currentTemperature: number
      targetTemperature: number
      targetTemperatureLow: number
      targetTemperatureHigh: number
      heating: boolean
      cooling: boolean
    }
>

/** The rules a thermostat can see broken; labels as in docs/protocol.md (`§6`, `§7`: sections). */
export type RuleLabel =
  | 'I4'
  | `E${1 | 2 | 7}`
  | `P${1 | 2 | 3 | 4 | 7 | 9 | 10}`
  | `S${2 | 3 | 4 | 5 | 6 | 10}`
  | `U${5 | 7}`
  | `D${5 | 6}`
  | `V${1 | 3 | 4 | 5 | 6 | 7 | 8}`
  | `§${6 | 7}`

/** One broken rule, as seen by one thermostat. */
export interface Violation {
  readonly rule: RuleLabel
  /** What was seen, in words for people. */
  readonly detail: string
  readonly atMs: number
  /**
   * True when only the arrival time shows it (late headers, a response not finished in time, two
   * schedules close together): on a network that delays or drops, the server may be innocent.
   */
  readonly timing: boolean
}

/** What the thermostat did with one pushed object. */
export type PushOutcome =
  | 'applied'
  /** A schedule: waits for its quiet period. */
  | 'held'
  /** Older than what the thermostat has. */
  | 'stale'
  /** Equal timestamp, revision not greater. */
  | 'duplicate'
  /** Field order, types or key are wrong; or it belongs to another serial. */
  | 'refused'
  /** `{revision 0, timestamp 0, value {}}`: it will put this bucket. */
  | 'uploadAsked'

/** Why a put is sent; each reason has its own request. `missing`: the server's list lacks it (V4). */
export type PutReason =
  | 'missing'
  | 'boot'
  | 'acknowledge'
  | 'dial'
  | 'change'
  | 'hvac'
  | 'transition'

/** What the thermostat reports about itself, for logs, tests and `nle simulate`. */
export type Note = Readonly<
  | { kind: 'booted'; memoryLost: boolean }
  | { kind: 'requested'; requestId: number; request: RequestKind; url: string }
  | { kind: 'answered'; requestId: number; request: RequestKind; status: number }
  /** A request failed; the next try of this kind is `retryInMs` away. */
  | {
      kind: 'failed'
      requestId: number
      request: RequestKind
      url: string
      reason: string
      status: number | undefined
      retryInMs: number
    }
  | { kind: 'code'; code: string; expiresAtMs: number }
  /** The status says claimed; it is paired only once the `user.*` bucket arrives. */
  | { kind: 'claimed'; claimedBy: string | undefined }
  | { kind: 'paired'; owner: string; userKey: string }
  /** The server no longer has the bucket of its owner. */
  | { kind: 'unpaired'; owner: string }
  | {
      kind: 'push'
      requestId: number
      key: string
      revision: number
      timestamp: number
      value: WireObject
      outcome: PushOutcome
    }
  /** `fields`: bucket key to the names of the fields put. */
  | {
      kind: 'put'
      requestId: number
      fields: Readonly<Record<string, readonly string[]>>
      reason: PutReason
    }
  | { kind: 'receipt'; requestId: number; key: string; revision: number; timestamp: number }
  /** A put was dropped after three HTTP 400. */
  | { kind: 'putDropped'; keys: readonly string[] }
  | { kind: 'scheduleApplied'; key: string; timestamp: number }
  | { kind: 'scheduleIgnored'; key: string; why: string }
  | { kind: 'ecoEntered'; by: 'server' | 'person' }
  | { kind: 'ecoLeft'; by: 'server' | 'person' }
  | { kind: 'ecoRejected'; offByS: number }
  | { kind: 'batteryLow'; volts: number }
>

/** One line of a thermostat's log, without its stamp. */
export type LogEntryBody =
  | Note
  | { readonly kind: 'screen'; readonly screen: Screen }
  | ({ readonly kind: 'violation' } & Omit<Violation, 'atMs'>)

/** One line of a thermostat's log. */
export type LogEntry = { readonly atMs: number; readonly serial: string } & LogEntryBody
