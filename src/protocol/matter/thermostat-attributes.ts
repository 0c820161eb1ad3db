import { MAX_SETPOINT_C, MIN_GAP_C, MIN_SETPOINT_C } from '../setpoint.ts'
import { isEcoStatus } from '../view/eco-state.ts'
import type { BridgedStatus, Features } from './bridged-status.ts'

/** Matter's numbers for the mode of a thermostat. */
export const SYSTEM_MODE = { off: 0, auto: 1, cool: 3, heat: 4, emergencyHeat: 5 } as const

const RUNNING_MODE = { off: 0, cool: 3, heat: 4 } as const
const SEQUENCE = { coolingOnly: 0, heatingOnly: 2, both: 4 } as const

/** Shown until the thermostat has reported a setpoint, °C. */
const UNKNOWN = { heating: 20, cooling: 26 }

/** Attributes of the thermostat cluster, by their names in Matter. Temperatures are hundredths of °C. */
export interface ThermostatAttributes {
  readonly localTemperature: number | null
  readonly systemMode: number
  readonly controlSequenceOfOperation: number
  readonly occupied: boolean
  readonly running: Running
  /** Only of a thermostat that heats and cools. */
  readonly runningMode: number | undefined
  readonly heating: SetpointAttributes | undefined
  readonly cooling: SetpointAttributes | undefined
  /** Tenths of °C; only of a thermostat that heats and cools. */
  readonly deadBand: number | undefined
}

interface SetpointAttributes {
  readonly occupied: number
  /** That of eco. */
  readonly unoccupied: number
  readonly min: number
  readonly max: number
}

export interface Running {
  readonly heat: boolean
  readonly cool: boolean
  readonly fan: boolean
  readonly heatStage2: boolean
  readonly coolStage2: boolean
}

/** A temperature in Matter's unit, hundredths of °C. */
export function hundredths(celsius: number): number {
  return Math.round(celsius * 100)
}

/** A temperature of Matter, °C. */
export function celsiusOf(hundredths: number): number {
  return hundredths / 100
}

/** What Matter shows of a thermostat. */
export function thermostatAttributes(
  status: BridgedStatus,
  features: Features,
): ThermostatAttributes {
  const { current_temperature: current, eco_temperatures: eco } = status
  const both = features.heating && features.cooling
  const limits = setpointLimitsOf(both)
  const occupied = apart(setpoints(status), limits, both, status.mode)
  const unoccupied = apart(
    { heating: eco.low ?? MIN_SETPOINT_C, cooling: eco.high ?? MAX_SETPOINT_C },
    limits,
    both,
    'heat',
  )
  const setpoint = (kind: 'heating' | 'cooling'): SetpointAttributes => ({
    occupied: hundredths(occupied[kind]),
    unoccupied: hundredths(unoccupied[kind]),
    min: hundredths(limits[kind].min),
    max: hundredths(limits[kind].max),
  })
  const running = runningOf(status)
  return {
    localTemperature: current === null ? null : hundredths(current),
    systemMode: systemMode(status.mode),
    controlSequenceOfOperation: both
      ? SEQUENCE.both
      : features.heating
        ? SEQUENCE.heatingOnly
        : SEQUENCE.coolingOnly,
    occupied: !isEcoStatus({ away: status.away, eco_mode: status.eco_mode }),
    running,
    runningMode: both ? runningMode(running) : undefined,
    heating: features.heating ? setpoint('heating') : undefined,
    cooling: features.cooling ? setpoint('cooling') : undefined,
    deadBand: both ? Math.round(MIN_GAP_C * 10) : undefined,
  }
}

function systemMode(mode: string | null): number {
  switch (mode) {
    case 'heat':
    // Apps do not know emergency heat; many would show a thermostat that is off.
    case 'emergency':
      return SYSTEM_MODE.heat
    case 'cool':
      return SYSTEM_MODE.cool
    case 'range':
      return SYSTEM_MODE.auto
    default:
      return SYSTEM_MODE.off
  }
}

interface Pair {
  readonly heating: number
  readonly cooling: number
}

/**
 * The two setpoints of Matter, °C. A thermostat has one setpoint for heat and cool, and two for heat-cool: the
 * setpoint that does not count now is shown from the two.
 */
function setpoints(status: BridgedStatus): Pair {
  const { mode, target_temperature: target } = status
  const { target_temperature_low: low, target_temperature_high: high } = status
  const isRange = mode === 'range'
  const heating = isRange ? low : mode === 'cool' ? (low ?? target) : target
  const cooling = isRange ? high : mode === 'cool' ? target : onlyCools(status) ? target : high
  return { heating: heating ?? UNKNOWN.heating, cooling: cooling ?? UNKNOWN.cooling }
}

function onlyCools({ capabilities }: BridgedStatus): boolean {
  return capabilities.can_cool && !capabilities.can_heat
}

interface Limits {
  readonly heating: { readonly min: number; readonly max: number }
  readonly cooling: { readonly min: number; readonly max: number }
}

/** Matter wants the limits of both setpoints the dead band apart, too. */
function setpointLimitsOf(both: boolean): Limits {
  const gap = both ? MIN_GAP_C : 0
  return {
    heating: { min: MIN_SETPOINT_C, max: MAX_SETPOINT_C - gap },
    cooling: { min: MIN_SETPOINT_C + gap, max: MAX_SETPOINT_C },
  }
}

/** Both setpoints within their limits and, where both count, the dead band apart: the one of the mode stays. */
function apart(
  { heating, cooling }: Pair,
  limits: Limits,
  both: boolean,
  mode: string | null,
): Pair {
  const heat = within(heating, limits.heating)
  const cool = within(cooling, limits.cooling)
  if (!both || cool - heat >= MIN_GAP_C) return { heating: heat, cooling: cool }
  return mode === 'cool'
    ? { heating: cool - MIN_GAP_C, cooling: cool }
    : { heating: heat, cooling: heat + MIN_GAP_C }
}

function within(value: number, { min, max }: { readonly min: number; readonly max: number }) {
  return Math.min(max, Math.max(min, value))
}

const HEATING = ['heater', 'heat_x2', 'heat_x3', 'aux_heat', 'emer_heat', 'alt_heat']
const HEATING_MORE = ['heat_x2', 'heat_x3']
const COOLING = ['ac', 'cool_x2', 'cool_x3']
const COOLING_MORE = ['cool_x2', 'cool_x3']

function runningOf({ hvac }: BridgedStatus): Running {
  const any = (names: readonly string[]): boolean => names.some((name) => hvac[name] === true)
  return {
    heat: any(HEATING),
    cool: any(COOLING),
    fan: any(['fan']),
    heatStage2: any(HEATING_MORE),
    coolStage2: any(COOLING_MORE),
  }
}

function runningMode({ heat, cool }: Running): number {
  if (heat) return RUNNING_MODE.heat
  return cool ? RUNNING_MODE.cool : RUNNING_MODE.off
}
