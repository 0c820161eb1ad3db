import type { BridgedStatus, Features } from '../protocol/matter/bridged-status.ts'
import type { Written } from '../protocol/matter/wanted-commands.ts'

/** What a thermostat is made of: each part is an endpoint of its own, which every app shows. */
export type PartKind = 'thermostat' | 'humidity' | 'fan' | 'hotWater'

/** One part that controllers see. */
export interface Part {
  /** Shows this status to controllers. */
  show(status: BridgedStatus): Promise<void>
  /** Takes the part away. Its number stays its own, should it come back. */
  remove(): Promise<void>
}

/** Called with what a controller wrote. */
export type Wrote = (written: Written) => void

/** Where parts are put. */
export interface PartHost {
  add(kind: PartKind, status: BridgedStatus, features: Features, wrote: Wrote): Promise<Part>
}
