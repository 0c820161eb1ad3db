import type { StoredBroker } from '../../protocol/mqtt/broker-config.ts'
import type { DeviceView } from '../../protocol/view/device-view.ts'
import { MQTT } from '../../store/sqlite/tables/integrations-table.ts'
import type { Core } from '../core/core.ts'
import { viewOf } from '../thermostats/views.ts'

/** All that MQTT loads from the store and keeps there. Callers expect each call to take its time. */

/** @returns undefined when the thermostat is not on file */
export async function loadThermostat(
  { store, clock }: Core,
  serial: string,
): Promise<{ view: DeviceView; isPaired: boolean } | undefined> {
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

/** @returns whether another broker was stored before */
export function storeBroker({ writer, clock }: Core, broker: StoredBroker): Promise<boolean> {
  return writer.commit((tx) => {
    const wasStored = tx.store.integrations.get(MQTT) !== undefined
    tx.store.integrations.set(MQTT, { ...broker }, clock.now().wallMs)
    return wasStored
  })
}

/** @returns whether a broker was stored */
export function deleteBroker({ writer }: Core): Promise<boolean> {
  return writer.commit((tx) => tx.store.integrations.delete(MQTT))
}
