import { Endpoint } from '@matter/main'
import { HumiditySensorDevice } from '@matter/main/devices/humidity-sensor'
import type { BridgedStatus } from '../protocol/matter/bridged-status.ts'
import { hundredths } from '../protocol/matter/thermostat-attributes.ts'
import { aboutThermostat, Bridged } from './bridged.ts'
import type { ShownEndpoint } from './shown-endpoint.ts'

/** The humidity that a thermostat measures. */
export function humidityPart(status: BridgedStatus): ShownEndpoint {
  const state = (status: BridgedStatus) => ({
    bridgedDeviceBasicInformation: aboutThermostat(status, 'humidity'),
    relativeHumidityMeasurement: {
      measuredValue: status.humidity === null ? null : hundredths(status.humidity),
    },
  })
  const endpoint = new Endpoint(HumiditySensorDevice.with(Bridged), {
    id: `${status.serial}-humidity`,
    ...state(status),
  })
  return { endpoint, show: (status) => endpoint.set(state(status)) }
}
