import type { Endpoint } from '@matter/main'
import type { BridgedStatus } from '../protocol/matter/bridged-status.ts'

/** An endpoint, and how it shows a status. */
export interface ShownEndpoint {
  readonly endpoint: Endpoint
  show(status: BridgedStatus): Promise<void>
}
