import type { StoredBroker } from '../../protocol/mqtt/broker-config.ts'
import type { DeviceView } from '../../protocol/view/device-view.ts'
import { MQTT } from '../../store/sqlite/tables/integrations-table.ts'
import type { Core } from '../core/core.ts'
import { viewOf } from '../thermostats/views.ts'

/** All that MQTT reads from the store. Callers expect each load to take its time. */

export interface LoadedThermostat {
  readonly isPaired: boolean
  readonly view: DeviceView
}

/** @returns undefined when the thermostat is not on file */
export async function loadThermostat(
  { store, clock }: Core,
  serial: string,
): Promise<LoadedThermostat | undefined> {
  const view = viewOf(store, serial, clock.now().wallMs)
  if (view === undefined) return undefined
  return { view, isPaired: store.owners.get(serial) !== undefined }
}

export async function loadPairedSerials({ store }: Core): Promise<string[]> {
  return store.owners.all().map(({ serial }) => serial)
}

/** @returns undefined when no broker is stored */
export async function loadBroker({ store }: Core): Promise<StoredBroker | undefined> {
  return store.integrations.get(MQTT) as unknown as StoredBroker | undefined
}
