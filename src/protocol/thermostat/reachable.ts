import { LINGER_MS } from '../transport/hold.ts'

/** How long a working thermostat may take to call again after a hold, ms. */
const RETURN_MS = 30_000

/** What the server knows of a thermostat's connection. */
export interface Hearing {
  /** Its last request, steady clock, ms. */
  readonly heardAtSteadyMs: number
  /** Whether it holds a connection now. */
  readonly isHeld: boolean
}

/**
 * How long a thermostat counts as reachable from now on if it says nothing more, ms; 0 when it is silent.
 * A working one calls again when its hold ends (`S4`), so it is silent one hold and 30 s after its last
 * request. A connection that is open for longer lingers after a push (`S5`).
 */
export function reachableForMs(
  { heardAtSteadyMs, isHeld }: Hearing,
  holdMs: number,
  steadyMs: number,
): number {
  const leftMs = Math.max(0, heardAtSteadyMs + holdMs + RETURN_MS - steadyMs)
  return isHeld ? Math.max(leftMs, LINGER_MS) : leftMs
}
