import type { ThermostatState } from '../thermostat/state.ts'

/** What a view of a thermostat reads; a whole `ThermostatState` has more. */
export type ViewedState = Pick<
  ThermostatState,
  'serial' | 'device' | 'owner' | 'password' | 'entryKeys' | 'buckets' | 'changes'
>
