/**
 * How often a caller may do something: a number at once, which fills up again by a number a minute. It takes the
 * place of a list of times, which would be long for hundreds a minute.
 */
export interface AllowanceRule {
  readonly atOnce: number
  readonly perMinute: number
}

/** What is left of it. */
export interface Allowance {
  readonly left: number
  /** Steady clock, ms. */
  readonly atSteadyMs: number
}

const MINUTE_MS = 60_000

/**
 * The allowance after a use of this amount, or when to try again. Undefined stands for one that was never used.
 */
export function useAllowance(
  rule: AllowanceRule,
  allowance: Allowance | undefined,
  steadyMs: number,
  amount = 1,
): { readonly allowance: Allowance } | { readonly retryAfterS: number } {
  const left = leftOf(rule, allowance, steadyMs)
  if (left >= amount) return { allowance: { left: left - amount, atSteadyMs: steadyMs } }
  return { retryAfterS: Math.ceil(((amount - left) * MINUTE_MS) / rule.perMinute / 1000) }
}

function leftOf(
  { atOnce, perMinute }: AllowanceRule,
  allowance: Allowance | undefined,
  steadyMs: number,
): number {
  if (allowance === undefined) return atOnce
  const refilled = ((steadyMs - allowance.atSteadyMs) * perMinute) / MINUTE_MS
  return Math.min(atOnce, allowance.left + refilled)
}
