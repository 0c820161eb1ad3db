import { Endpoint } from '@matter/main'
import { ThermostatServer } from '@matter/main/behaviors/thermostat'
import { ThermostatDevice } from '@matter/main/devices/thermostat'
import type { BridgedStatus, Features } from '../protocol/matter/bridged-status.ts'
import { thermostatAttributes } from '../protocol/matter/thermostat-attributes.ts'
import { aboutThermostat, Bridged, isRemote } from './bridged.ts'
import type { Wrote } from './part.ts'
import type { ShownEndpoint } from './shown-endpoint.ts'

type Feature = 'Heating' | 'Cooling' | 'AutoMode' | 'Occupancy'

/** The state of the cluster by the names of its attributes. */
type State = Record<string, unknown>

/** The thermostat itself. */
export function thermostatPart(
  status: BridgedStatus,
  features: Features,
  wrote: Wrote,
): ShownEndpoint {
  const { heating, cooling } = features
  const wanted: Feature[] = [
    ...(heating ? (['Heating'] as const) : []),
    ...(cooling ? (['Cooling'] as const) : []),
    ...(heating && cooling ? (['AutoMode'] as const) : []),
    'Occupancy',
  ]
  const type = ThermostatDevice.with(Bridged, ThermostatServer.with(...wanted))
  const endpoint = new Endpoint(type, {
    id: status.serial,
    bridgedDeviceBasicInformation: aboutThermostat(status),
    thermostat: state(status, features) as never,
  })
  const watch = (attribute: string, written: (value: number) => Parameters<Wrote>[0]): void => {
    const events = endpoint.events as unknown as Record<string, Record<string, Observed>>
    events.thermostat?.[`${attribute}$Changed`]?.on((value, _before, context) => {
      if (isRemote(context)) wrote(written(value))
    })
  }
  watch('systemMode', (mode) => ({ mode }))
  watch('occupiedHeatingSetpoint', (heating) => ({ heating }))
  watch('occupiedCoolingSetpoint', (cooling) => ({ cooling }))
  // Eco temperatures stay with nle: an empty write shows the old ones again.
  watch('unoccupiedHeatingSetpoint', () => ({}))
  watch('unoccupiedCoolingSetpoint', () => ({}))
  return {
    endpoint,
    show: (status) =>
      endpoint.set({
        bridgedDeviceBasicInformation: aboutThermostat(status),
        thermostat: changing(status, features),
      } as never),
  }
}

interface Observed {
  on(observer: (value: number, before: unknown, context: unknown) => void): void
}

/** What changes while the thermostat is what it is. */
function changing(status: BridgedStatus, features: Features): State {
  const shown = thermostatAttributes(status, features)
  const { heating, cooling, running } = shown
  return {
    localTemperature: shown.localTemperature,
    systemMode: shown.systemMode,
    externallyMeasuredOccupancy: shown.occupied,
    thermostatRunningState: { ...running, fanStage2: false, fanStage3: false },
    ...(shown.runningMode === undefined ? {} : { thermostatRunningMode: shown.runningMode }),
    ...(heating && {
      occupiedHeatingSetpoint: heating.occupied,
      unoccupiedHeatingSetpoint: heating.unoccupied,
    }),
    ...(cooling && {
      occupiedCoolingSetpoint: cooling.occupied,
      unoccupiedCoolingSetpoint: cooling.unoccupied,
    }),
  }
}

function state(status: BridgedStatus, features: Features): State {
  const shown = thermostatAttributes(status, features)
  const { heating, cooling, deadBand } = shown
  return {
    ...changing(status, features),
    controlSequenceOfOperation: shown.controlSequenceOfOperation,
    ...(deadBand === undefined ? {} : { minSetpointDeadBand: deadBand }),
    ...(heating && {
      absMinHeatSetpointLimit: heating.min,
      minHeatSetpointLimit: heating.min,
      absMaxHeatSetpointLimit: heating.max,
      maxHeatSetpointLimit: heating.max,
    }),
    ...(cooling && {
      absMinCoolSetpointLimit: cooling.min,
      minCoolSetpointLimit: cooling.min,
      absMaxCoolSetpointLimit: cooling.max,
      maxCoolSetpointLimit: cooling.max,
    }),
  }
}
