import { Endpoint } from '@matter/main'
import { FanDevice } from '@matter/main/devices/fan'
import type { BridgedStatus } from '../protocol/matter/bridged-status.ts'
import { fanAttributes } from '../protocol/matter/switches.ts'
import { aboutThermostat, Bridged, isRemote } from './bridged.ts'
import type { Wrote } from './part.ts'
import type { ShownEndpoint } from './shown-endpoint.ts'

/** The fan of the heating or cooling: on for its time, else it follows the system. */
export function fanPart(status: BridgedStatus, wrote: Wrote): ShownEndpoint {
  const state = (status: BridgedStatus) => ({
    bridgedDeviceBasicInformation: aboutThermostat(status, 'fan'),
    fanControl: fanAttributes(status),
  })
  const endpoint = new Endpoint(FanDevice.with(Bridged), {
    id: `${status.serial}-fan`,
    ...state(status),
  })
  const { fanMode$Changed, percentSetting$Changed } = endpoint.events.fanControl
  fanMode$Changed.on((mode, _before, context) => {
    if (isRemote(context)) wrote({ fan: mode !== 0 })
  })
  percentSetting$Changed.on((percent, _before, context) => {
    if (isRemote(context)) wrote({ fan: percent !== 0 })
  })
  return { endpoint, show: (status) => endpoint.set(state(status)) }
}
