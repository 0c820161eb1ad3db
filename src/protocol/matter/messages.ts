import type { BridgeIdentity } from './bridge-identity.ts'

/** What nle tells the process of the Matter bridge: first of all `start`. */
export type ToBridge =
  | ({ readonly type: 'start' } & BridgeStart)
  /** What the bridge asked to keep is on disk, or could not be written. */
  | { readonly type: 'kept'; readonly id: number; readonly error: string | null }
  /** Answered by `done` with the same id. */
  | { readonly type: 'openWindow'; readonly id: number }
  | { readonly type: 'removeFabric'; readonly id: number; readonly index: number }
  | { readonly type: 'stop' }

/** What the process of the Matter bridge tells nle. */
export type FromBridge =
  | { readonly type: 'keep'; readonly id: number; readonly changes: KeptChanges }
  | { readonly type: 'done'; readonly id: number; readonly error: string | null }
  /** At least every `REPORT_MS`, so that a process that hangs is noticed. */
  | ({ readonly type: 'report' } & BridgeReport)
  | {
      readonly type: 'log'
      readonly level: 'warn' | 'error'
      readonly event: string
      /** Two lines about the same are one. */
      readonly about: string
      readonly text: string
    }

/** Texts by key that survive the process; null for one that is gone. */
export type KeptChanges = Readonly<Record<string, string | null>>

export interface BridgeStart extends BridgeIdentity {
  /** The control listener of nle, and its socket where it has one. */
  readonly url: string
  readonly socketPath: string | null
  /** For this process alone. */
  readonly token: string
  /** UDP. */
  readonly port: number
  /** The network interface for mDNS; null for every one. */
  readonly interfaceName: string | null
  /** Of nle. */
  readonly version: string
  readonly kept: Readonly<Record<string, string>>
}

export interface Fabric {
  readonly index: number
  readonly name: string
  readonly vendor: number
}

export interface BridgeReport {
  readonly manualCode: string
  readonly qrCode: string
  readonly fabrics: readonly Fabric[]
  /** Until when a controller may be added, ms since epoch; null when none may, zero while there is no end. */
  readonly windowUntilMs: number | null
  readonly thermostats: number
  /** Null where the system does not tell. */
  readonly memoryBytes: number | null
}

export const REPORT_MS = 20_000
