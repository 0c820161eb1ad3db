import { NleError } from '../../errors.ts'
import { type Allowance, type AllowanceRule, useAllowance } from '../../protocol/allowance.ts'
import { remember } from './bounded-map.ts'
import type { Clock } from './clock.ts'

/** Callers whose use is remembered, at most. */
const MAX_CALLERS = 4096

export interface RateRules {
  /** Of each caller. */
  readonly own: AllowanceRule
  /** Of all callers together. */
  readonly shared: AllowanceRule
  /** What each caller may do beside the shared rule: others cannot use that up. */
  readonly spare: AllowanceRule
}

/** Limits how often callers do something that costs memory, disk or other people's servers. */
export class RateLimit {
  readonly #clock: Clock
  readonly #rules: RateRules
  readonly #own = new Map<string, Allowance>()
  readonly #spare = new Map<string, Allowance>()
  #shared: Allowance | undefined

  constructor(clock: Clock, rules: RateRules) {
    this.#clock = clock
    this.#rules = rules
  }

  /** Seconds until the caller may do it; 0 for now, and then it counts as done. */
  use(caller: string, amount = 1): number {
    const { own, shared, spare } = this.#rules
    const { steadyMs } = this.#clock.now()
    const mine = useAllowance(own, this.#own.get(caller), steadyMs, amount)
    if ('retryAfterS' in mine) return mine.retryAfterS
    const spared = useAllowance(spare, this.#spare.get(caller), steadyMs, amount)
    if ('allowance' in spared) remember(this.#spare, caller, spared.allowance, MAX_CALLERS)
    else {
      const ours = useAllowance(shared, this.#shared, steadyMs, amount)
      if ('retryAfterS' in ours) return ours.retryAfterS
      this.#shared = ours.allowance
    }
    remember(this.#own, caller, mine.allowance, MAX_CALLERS)
    return 0
  }

  /**
   * @param what - for people: what there is too much of
   * @throws NleError `rate_limited`
   */
  admit(caller: string, what: string, amount = 1): void {
    const waitS = this.use(caller, amount)
    if (waitS === 0) return
    throw new NleError('rate_limited', `Too many ${what} at once. Try again in ${waitS} seconds.`, {
      details: { retryAfterS: waitS },
    })
  }
}
