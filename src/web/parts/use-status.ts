import { type ReadonlySignal, useComputed } from '@preact/signals'
import type { Status } from '../../api/shapes.ts'
import { thermostats } from '../state/household.ts'

/** The status of one thermostat. A component that uses it has to have the serial as its key. */
export function useStatus(serial: string): ReadonlySignal<Status | undefined> {
  return useComputed(() => thermostats.value.get(serial))
}
