import type { DeviceView } from '../../protocol/view/device-view.ts'
import { viewOf } from '../../protocol/view/view-of.ts'
import type { Core } from '../core/core.ts'

/** Loads a thermostat for MQTT; undefined when it is not on file. */
export async function loadThermostat(
  { store, clock, outdoor, localOffsetS }: Core,
  serial: string,
): Promise<{ view: DeviceView; isPaired: boolean } | undefined> {
  const state = await store.load(serial)
  const { wallMs, steadyMs } = clock.now()
  const view = viewOf(state, wallMs, { outdoor: outdoor.of(state, steadyMs), localOffsetS })
  return view === undefined ? undefined : { view, isPaired: state.owner !== undefined }
}
