import type { Note, RequestKind, Screen } from './notes.ts'
import type { Violation } from './violations.ts'

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
export type Effect =
  | { readonly type: 'sendRequest'; readonly request: DeviceRequest }
  /** Close the request's connection; events for it are ignored from now on. */
  | { readonly type: 'abortRequest'; readonly requestId: number }
  /** Send `timerFired` at `atMs` (thermostat's clock). Arming a name again replaces it. */
  | { readonly type: 'armTimer'; readonly timer: string; readonly atMs: number }
  | { readonly type: 'cancelTimer'; readonly timer: string }
  | { readonly type: 'screenChanged'; readonly screen: Screen }
  /** The server broke a rule of docs/protocol.md. The thermostat carries on. */
  | { readonly type: 'ruleViolated'; readonly violation: Violation }
  /** For logs and people; needs no action. */
  | { readonly type: 'noted'; readonly note: Note }
