import type { Change } from '../../src/protocol/delivery/change.ts'
import type { ThermostatState } from '../../src/protocol/thermostat/state.ts'
import type { Services } from '../../src/server/services.ts'
import type { ThermostatServer } from './sim-network.ts'

/** What a story's thermostat and people use: one server, or several on one database. */
export interface World extends ThermostatServer {
  /** Every committed change, as it was at its last commit. */
  readonly changes: ReadonlyMap<number, Change>
  /** Whether a thermostat is on file. */
  readonly isOnFile: boolean
  /** Called when a server process ends, with what `handle` named: its connections are broken. */
  onEnd: (by: unknown) => void
  trace: (what: string) => void
  /** Somebody uses a server, if there is one to reach. */
  reach(use: (services: Services) => void): void
  /** One of its faults. */
  harm(): void
  /** Clocks are set. Returns whether thermostats may be told a wrong time. */
  setClocks(): boolean
  /** From now on everything works, and clocks are right. */
  heal(): void
  /** What can still go wrong in a calm without anybody noticing. */
  disturb(): void
  load(serial: string): Promise<ThermostatState>
  /** Every change of a thermostat on file. */
  changesOnFile(serial: string): Promise<readonly Change[]>
  end(): void
}
