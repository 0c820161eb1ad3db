import type { DeviceView } from '../../protocol/view/device-view.ts'
import { viewOf } from '../../protocol/view/view-of.ts'
import type { Core } from '../core/core.ts'

/** A thermostat on file; one that is not paired is not published, so it has no view. */
export type Loaded =
  | { readonly isPaired: true; readonly view: DeviceView }
  | { readonly isPaired: false }

/** Loads a thermostat for MQTT; undefined when it is not on file. */
export async function loadThermostat(
  { store, clock, outdoor, localOffsetS }: Core,
  serial: string,
): Promise<Loaded | undefined> {
  const { device, owner } = await store.shown(serial)
  if (device === undefined) return undefined
  // Anybody can make one up, with more data than the paired ones together.
  if (owner === undefined) return { isPaired: false }
  const state = await store.load(serial)
  const { wallMs, steadyMs } = clock.now()
  const view = viewOf(state, wallMs, { outdoor: outdoor.of(state, steadyMs), localOffsetS })
  return view === undefined ? undefined : { view, isPaired: true }
}
