import type { Scale } from '../../protocol/setpoint.ts'
import { MAX_SETPOINT_C, MIN_GAP_C, MIN_SETPOINT_C } from '../../protocol/setpoint.ts'
import { onGrid, toCelsius } from '../format/temperature.ts'

/** What a dial has to take hold of: the target, or both bounds of a range. */
export type Handle = 'target' | 'low' | 'high'

/** What a dial sets, in the unit shown, on its grid: `target`, or `low` and `high`. */
export type DialTarget = Readonly<Partial<Record<Handle, number>>>

interface Limits {
  readonly min: number
  readonly max: number
}

/** One step: half a degree Celsius, one Fahrenheit. */
export function stepOf(scale: Scale): number {
  return scale === 'F' ? 1 : 0.5
}

/** The lowest and the highest number on the grid that is a setpoint. */
export function limitsOf(scale: Scale): Limits {
  const step = stepOf(scale)
  const [min, max] = [onGrid(MIN_SETPOINT_C, scale), onGrid(MAX_SETPOINT_C, scale)]
  return {
    min: toCelsius(min, scale) < MIN_SETPOINT_C ? min + step : min,
    max: toCelsius(max, scale) > MAX_SETPOINT_C ? max - step : max,
  }
}

/** The least distance of the bounds of a range, on the grid. */
function gapOf(scale: Scale): number {
  const step = stepOf(scale)
  const gap = scale === 'F' ? MIN_GAP_C * 1.8 : MIN_GAP_C
  return Math.ceil(gap / step) * step
}

/** Where a handle may be: within the limits, and away from the other one. */
export function limitsOfHandle(target: DialTarget, handle: Handle, scale: Scale): Limits {
  const { min, max } = limitsOf(scale)
  const { low = min, high = max } = target
  if (handle === 'low') return { min, max: Math.min(max, high - gapOf(scale)) }
  if (handle === 'high') return { min: Math.max(min, low + gapOf(scale)), max }
  return { min, max }
}

/** The target with one handle at the number of the grid that is nearest and allowed. */
export function moved(target: DialTarget, handle: Handle, to: number, scale: Scale): DialTarget {
  const { min, max } = limitsOfHandle(target, handle, scale)
  const step = stepOf(scale)
  const near = Math.round(to / step) * step
  return { ...target, [handle]: Math.min(max, Math.max(min, near)) }
}

/** The target one step warmer or cooler; both bounds of a range together, as far as both can go. */
export function stepped(target: DialTarget, steps: 1 | -1, scale: Scale): DialTarget {
  const { min, max } = limitsOf(scale)
  const next = Object.entries(target).map(([handle, at]) => [handle, at + steps * stepOf(scale)])
  const fits = next.every(([, at]) => Number(at) >= min && Number(at) <= max)
  return fits ? Object.fromEntries(next) : target
}

/** Where a key moves a handle that stands at a number; undefined for other keys. */
export function keyedTo(key: string, at: number, scale: Scale): number | undefined {
  const step = stepOf(scale)
  const { min, max } = limitsOf(scale)
  switch (key) {
    case 'ArrowUp':
    case 'ArrowRight':
      return at + step
    case 'ArrowDown':
    case 'ArrowLeft':
      return at - step
    case 'PageUp':
      return at + 2
    case 'PageDown':
      return at - 2
    case 'Home':
      return min
    case 'End':
      return max
    default:
      return undefined
  }
}

/** The handle that a point on the arc moves: the nearest one. */
export function nearest(target: DialTarget, at: number): Handle | undefined {
  const [first] = Object.entries(target).toSorted(
    ([, a], [, b]) => Math.abs(a - at) - Math.abs(b - at),
  )
  return first?.[0] as Handle | undefined
}

/** Whether a target has all that was wished for. */
export function shows(target: DialTarget, wish: DialTarget): boolean {
  return Object.entries(wish).every(([handle, at]) => target[handle as Handle] === at)
}

/** The value of the command `set_temperature`, °C. */
export function commandValue({ target, ...bounds }: DialTarget, scale: Scale) {
  if (target !== undefined) return toCelsius(target, scale)
  return Object.fromEntries(
    Object.entries(bounds).map(([bound, at]) => [bound, toCelsius(at, scale)]),
  )
}
