import type { BridgedStatus } from '../protocol/matter/bridged-status.ts'
import type { WantedCommand } from '../protocol/matter/wanted-commands.ts'

/** The control API of nle, as far as the bridge uses it. */
export interface NleApi {
  devices(): Promise<readonly BridgedStatus[]>
  status(serial: string): Promise<BridgedStatus>
  /** Rejects when nle refuses it. */
  command(serial: string, wanted: WantedCommand): Promise<void>
  /**
   * Reads `/api/events?detail=1` over one connection.
   *
   * @param connected - called once nle has accepted it
   * @param stop - ends it
   */
  events(connected: () => void, stop: AbortSignal): AsyncIterable<NleEvent>
}

export interface NleEvent {
  readonly type: string
  /** JSON. */
  readonly data: string
}
