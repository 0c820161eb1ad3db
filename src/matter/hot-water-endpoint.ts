import { Endpoint } from '@matter/main'
import { OnOffPlugInUnitDevice } from '@matter/main/devices/on-off-plug-in-unit'
import type { BridgedStatus } from '../protocol/matter/bridged-status.ts'
import { hotWaterIsOn } from '../protocol/matter/switches.ts'
import { aboutThermostat, Bridged, isRemote } from './bridged.ts'
import type { Wrote } from './part.ts'
import type { ShownEndpoint } from './shown-endpoint.ts'

/** The hot water tank, as a switch: on is a boost. */
export function hotWaterPart(
  status: BridgedStatus,
  wrote: Wrote,
  nowMs: () => number,
): ShownEndpoint {
  const state = (status: BridgedStatus) => ({
    bridgedDeviceBasicInformation: aboutThermostat(status, 'hot water'),
    onOff: { onOff: hotWaterIsOn(status, nowMs()) },
  })
  const endpoint = new Endpoint(OnOffPlugInUnitDevice.with(Bridged), {
    id: `${status.serial}-hot-water`,
    ...state(status),
  })
  endpoint.events.onOff.onOff$Changed.on((on, _before, context) => {
    if (isRemote(context)) wrote({ hotWater: on })
  })
  return { endpoint, show: (status) => endpoint.set(state(status)) }
}
