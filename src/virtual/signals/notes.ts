import type { WireObject } from '../json.ts'
import type { Mode } from './firmware-events.ts'

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

/** What the thermostat reports about itself, for logs, tests and `nle simulate`. */
export type Note =
  | { readonly kind: 'booted'; readonly memoryLost: boolean }
  | {
      readonly kind: 'requested'
      readonly requestId: number
      readonly request: RequestKind
      readonly url: string
    }
  | {
      readonly kind: 'answered'
      readonly requestId: number
      readonly request: RequestKind
      readonly status: number
    }
  /** A request failed; the next try of this kind is `retryInMs` away. */
  | {
      readonly kind: 'failed'
      readonly requestId: number
      readonly request: RequestKind
      readonly url: string
      readonly reason: string
      readonly status: number | undefined
      readonly retryInMs: number
    }
  | { readonly kind: 'code'; readonly code: string; readonly expiresAtMs: number }
  /** The status says claimed; it is paired only once the `user.*` bucket arrives. */
  | { readonly kind: 'claimed'; readonly claimedBy: string | undefined }
  | { readonly kind: 'paired'; readonly owner: string; readonly userKey: string }
  | {
      readonly kind: 'push'
      readonly requestId: number
      readonly key: string
      readonly revision: number
      readonly timestamp: number
      readonly value: WireObject
      readonly outcome: PushOutcome
    }
  | {
      readonly kind: 'put'
      readonly requestId: number
      /** Bucket key to the names of the fields put. */
      readonly fields: Readonly<Record<string, readonly string[]>>
      readonly reason: PutReason
    }
  | {
      readonly kind: 'receipt'
      readonly requestId: number
      readonly key: string
      readonly revision: number
      readonly timestamp: number
    }
  /** A put was dropped after three HTTP 400. */
  | { readonly kind: 'putDropped'; readonly keys: readonly string[] }
  | { readonly kind: 'scheduleApplied'; readonly key: string; readonly timestamp: number }
  | { readonly kind: 'scheduleIgnored'; readonly key: string; readonly why: string }
  | { readonly kind: 'ecoEntered'; readonly by: 'server' | 'person' }
  | { readonly kind: 'ecoLeft'; readonly by: 'server' | 'person' }
  | { readonly kind: 'ecoRejected'; readonly offByS: number }
  | { readonly kind: 'batteryLow'; readonly volts: number }

/** Why a put is sent; each reason has its own request. */
export type PutReason = 'boot' | 'acknowledge' | 'dial' | 'change' | 'hvac' | 'transition'

/** What the round screen shows. */
export type Screen =
  | { readonly phase: 'off' }
  | { readonly phase: 'batteryLow' }
  /** Switched on, unpaired, no usable code yet. */
  | { readonly phase: 'connecting' }
  | {
      readonly phase: 'code'
      /** As the server gave it: `A3XR7M2`. */
      readonly code: string
      /** As people read it: `A3X-R7M2`. */
      readonly display: string
      readonly expiresAtMs: number
    }
  | {
      readonly phase: 'paired'
      readonly owner: string
      readonly mode: Mode
      readonly eco: boolean
      readonly currentTemperature: number
      readonly targetTemperature: number
      readonly targetTemperatureLow: number
      readonly targetTemperatureHigh: number
      readonly heating: boolean
      readonly cooling: boolean
    }

/** What a request is for. */
export type RequestKind = 'entry' | 'passphrase' | 'passphraseStatus' | 'subscribe' | 'put'
