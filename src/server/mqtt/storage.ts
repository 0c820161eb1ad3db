import type { StoredBroker } from '../../protocol/mqtt/broker-config.ts'
import type { DeviceView } from '../../protocol/view/device-view.ts'
import { viewOf } from '../../protocol/view/view-of.ts'
import { MQTT } from '../../store/store.ts'
import type { Core } from '../core/core.ts'

/** All that MQTT loads from the store and keeps there. Callers expect each call to take its time. */

/** @returns undefined when the thermostat is not on file */
export async function loadThermostat(
  { store, clock }: Core,
  serial: string,
): Promise<{ view: DeviceView; isPaired: boolean } | undefined> {
  const state = await store.load(serial)
  const view = viewOf(state, clock.now().wallMs)
  return view === undefined ? undefined : { view, isPaired: state.owner !== undefined }
}

export async function loadPairedSerials({ store }: Core): Promise<string[]> {
  const known = await store.thermostats()
  return known.filter(({ owner }) => owner !== undefined).map(({ serial }) => serial)
}

/** @returns undefined when no broker is stored */
export async function loadBroker({ store }: Core): Promise<StoredBroker | undefined> {
  return (await store.integration(MQTT)) as unknown as StoredBroker | undefined
}

/** @returns whether another broker was stored before */
export function storeBroker({ writer, clock }: Core, broker: StoredBroker): Promise<boolean> {
  return writer.write((store) => store.setIntegration(MQTT, { ...broker }, clock.now().wallMs))
}

/** @returns whether a broker was stored */
export function deleteBroker({ writer, clock }: Core): Promise<boolean> {
  return writer.write((store) => store.setIntegration(MQTT, undefined, clock.now().wallMs))
}
