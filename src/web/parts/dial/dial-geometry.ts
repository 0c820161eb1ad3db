import type { Scale } from '../../../protocol/setpoint.ts'

// The dial is drawn in a square of 200, with angles in degrees, clockwise from the right.

export const SIZE = 200
export const RADIUS = 84
const CENTRE = SIZE / 2
/** Where the arc begins, below on the left, and how far it goes. */
const START_DEG = 135
const SWEEP_DEG = 270

/** The temperatures of the arc, in the unit shown. The few below and above stand at its ends. */
const ARC: Readonly<Record<Scale, { readonly from: number; readonly to: number }>> = {
  C: { from: 9, to: 32 },
  F: { from: 48, to: 90 },
}

/** A point in the square of the dial. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** How far along the arc a temperature in the unit shown stands, in degrees from its beginning. */
export function alongArc(shown: number, scale: Scale): number {
  const { from, to } = ARC[scale]
  return Math.min(1, Math.max(0, (shown - from) / (to - from))) * SWEEP_DEG
}

/** The temperature that stands there, between the steps too. */
export function temperatureAt(along: number, scale: Scale): number {
  const { from, to } = ARC[scale]
  return from + (along / SWEEP_DEG) * (to - from)
}

export function pointAt(along: number, radius = RADIUS): Point {
  const angle = ((START_DEG + along) * Math.PI) / 180
  return {
    x: round(CENTRE + radius * Math.cos(angle)),
    y: round(CENTRE + radius * Math.sin(angle)),
  }
}

/** How far along the arc a point is, seen from the centre. In the gap below, the nearer end counts. */
export function alongAt({ x, y }: Point): number {
  const angle = (Math.atan2(y - CENTRE, x - CENTRE) * 180) / Math.PI
  const along = (angle - START_DEG + 720) % 360
  if (along <= SWEEP_DEG) return along
  return along < (SWEEP_DEG + 360) / 2 ? SWEEP_DEG : 0
}

/**
 * The same during a drag. Through the gap nobody gets from one end to the other: that would be a leap from
 * cold to hot.
 *
 * @param before - where the drag was a moment ago
 */
export function alongDrag(point: Point, before: number): number {
  const along = alongAt(point)
  if (Math.abs(along - before) <= SWEEP_DEG / 2) return along
  return before > SWEEP_DEG / 2 ? SWEEP_DEG : 0
}

/** How far from the centre a point is, as a share of the radius of the arc. */
export function outness({ x, y }: Point): number {
  return Math.hypot(x - CENTRE, y - CENTRE) / RADIUS
}

/** The `d` of a stretch of the arc; empty when it has no length. */
export function arcPath(from: number, to: number): string {
  const [start, end] = from <= to ? [from, to] : [to, from]
  if (end - start < 0.5) return ''
  const a = pointAt(start)
  const b = pointAt(end)
  return `M${a.x} ${a.y}A${RADIUS} ${RADIUS} 0 ${end - start > 180 ? 1 : 0} 1 ${b.x} ${b.y}`
}

export const WHOLE_ARC = arcPath(0, SWEEP_DEG)

/** To a hundredth, to keep the drawing short. */
function round(value: number): number {
  return Math.round(value * 100) / 100
}
