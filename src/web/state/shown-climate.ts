import type { Status } from '../../api/shapes.ts'
import type { Scale } from '../../protocol/setpoint.ts'
import { isEcoStatus } from '../../protocol/view/eco-state.ts'
import { onGrid } from '../format/temperature.ts'
import type { DialTarget } from './dial-target.ts'

/** What runs, as the colour of a dial tells it. */
export type Doing = 'heat' | 'cool' | 'fan' | 'idle' | 'unknown'

/** What counts at a thermostat now: its mode with a target, eco, or nothing because it is off or unknown. */
export type Rule = 'heat' | 'cool' | 'range' | 'emergency' | 'eco' | 'off' | 'unknown'

/** What a dial shows of a thermostat. */
export interface Climate {
  readonly scale: Scale
  readonly rule: Rule
  /** In the unit shown; empty when no target counts, or none is known. In eco the eco temperatures. */
  readonly target: DialTarget
  /** Measured, °C; null when not known. */
  readonly now: number | null
  readonly doing: Doing
}

export function climateOf(status: Status): Climate {
  const { temperature_scale: scale, current_temperature: now } = status
  const rule = ruleOf(status)
  // What a silent thermostat did when it was last heard says nothing about now.
  const doing = status.is_available ? doingOf(status) : 'unknown'
  return { scale, rule, target: targetOf(status, rule), now, doing }
}

/** Whether a person can set the target here: in eco and when off another temperature counts, or none. */
export function isSettable({ rule, target }: Climate): boolean {
  return rule !== 'eco' && Object.keys(target).length > 0
}

function ruleOf(status: Status): Rule {
  const { mode } = status
  if (mode === null || !status.has_uploaded) return 'unknown'
  return mode !== 'off' && isEcoStatus(status) ? 'eco' : mode
}

function targetOf(status: Status, rule: Rule): DialTarget {
  const { temperature_scale: scale, eco_target: eco } = status
  switch (rule) {
    case 'off':
    case 'unknown':
      return {}
    case 'eco':
      return eco !== null && typeof eco === 'object'
        ? shown({ low: eco.low, high: eco.high }, scale)
        : shown({ target: eco }, scale)
    case 'range': {
      const { target_temperature_low: low, target_temperature_high: high } = status
      return low === null || high === null ? {} : shown({ low, high }, scale)
    }
    default:
      return shown({ target: status.target_temperature }, scale)
  }
}

function shown(celsius: Readonly<Record<string, number | null>>, scale: Scale): DialTarget {
  return Object.fromEntries(
    Object.entries(celsius).flatMap(([handle, at]) =>
      at === null ? [] : [[handle, onGrid(at, scale)]],
    ),
  )
}

const HEATING = ['heater', 'heat_x2', 'heat_x3', 'aux_heat', 'alt_heat', 'emer_heat'] as const
const COOLING = ['ac', 'cool_x2', 'cool_x3'] as const

function doingOf({ hvac }: Status): Doing {
  if (HEATING.some((part) => hvac[part])) return 'heat'
  if (COOLING.some((part) => hvac[part])) return 'cool'
  return hvac.fan ? 'fan' : 'idle'
}

/** The mode that ends `off`: that of the schedule where it is wired, else the first that is. */
export function modeToTurnOn({ schedule_mode: week, can_heat, can_cool }: Status) {
  if (week === 'RANGE' && can_heat && can_cool) return 'range'
  if (week === 'COOL' && can_cool) return 'cool'
  return can_heat ? 'heat' : 'cool'
}

/** The modes that a thermostat can have. */
export function modesOf({ capabilities }: Status) {
  const { can_heat, can_cool, has_emer_heat } = capabilities
  return [
    ...(can_heat ? (['heat'] as const) : []),
    ...(can_cool ? (['cool'] as const) : []),
    ...(can_heat && can_cool ? (['range'] as const) : []),
    ...(has_emer_heat ? (['emergency'] as const) : []),
    'off' as const,
  ]
}
