import { type Allowance, useAllowance } from '../../protocol/allowance.ts'
import { remember } from '../core/bounded-map.ts'
import type { Clock } from '../core/clock.ts'

const MAX_OFFENDERS = 4096
/** How long an offence counts. */
const REMEMBER_MS = 60_000
/** Connections that an offender may open. */
const CONNECTIONS = { atOnce: 5, perMinute: 120 }

interface Offender {
  readonly untilSteadyMs: number
  readonly allowance: Allowance | undefined
}

/**
 * The addresses that lost a connection because they sent too many requests on it. To read such a packet costs
 * milliseconds, so they may open few connections for a while.
 */
export class Offenders {
  readonly #clock: Clock
  readonly #byKey = new Map<string, Offender>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @param key - the rate-limit key of an address */
  add(key: string): void {
    const untilSteadyMs = this.#clock.now().steadyMs + REMEMBER_MS
    const { allowance } = this.#byKey.get(key) ?? {}
    remember(this.#byKey, key, { untilSteadyMs, allowance }, MAX_OFFENDERS)
  }

  /** Whether an address may open one more connection now; then it counts as opened. */
  mayConnect(key: string): boolean {
    const offender = this.#byKey.get(key)
    if (offender === undefined) return true
    const { steadyMs } = this.#clock.now()
    if (steadyMs >= offender.untilSteadyMs) {
      this.#byKey.delete(key)
      return true
    }
    const use = useAllowance(CONNECTIONS, offender.allowance, steadyMs)
    if ('retryAfterS' in use) return false
    this.#byKey.set(key, { ...offender, allowance: use.allowance })
    return true
  }
}
