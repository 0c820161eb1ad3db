import { NleError } from '../../../errors.ts'
import { networkOf } from '../../../protocol/lan/addresses.ts'
import {
  CALM,
  type GuessLimit,
  retryAfterS,
  takeTurn,
  wrongCode,
  wrongGuess,
} from '../../../protocol/pairing/guess-limit.ts'
import { remember } from '../../core/bounded-map.ts'
import type { Core } from '../../core/core.ts'

/** Wrong codes are counted for at most this many networks. */
const MAX_NETWORKS = 4096

/** Limits guesses of entry codes (`P12`): per network, and over all networks together. */
export class CodeGuesses {
  readonly #core: Pick<Core, 'clock' | 'log'>
  readonly #limits = new Map<string, GuessLimit>()
  readonly #waiting = new Set<string>()
  #pace = CALM

  constructor(core: Pick<Core, 'clock' | 'log'>) {
    this.#core = core
  }

  /**
   * Resolves when this address may try a code.
   *
   * @param whenGone - calls back when the client disconnects or the server stops, which cancels the wait
   * @throws NleError `rate_limited`, or `cancelled` when the client disconnected
   */
  async admit(address: string, whenGone: (leave: () => void) => void = () => {}): Promise<void> {
    const { clock } = this.#core
    const network = networkOf(address)
    const { steadyMs } = clock.now()
    const lockedForS = retryAfterS(this.#limits.get(network), steadyMs)
    if (lockedForS > 0) throw tooMany(lockedForS)
    // One try per network waits at a time.
    if (this.#waiting.has(network)) throw tooMany(1)
    const turn = takeTurn(this.#pace, steadyMs)
    if ('retryAfterS' in turn) throw tooMany(turn.retryAfterS)
    this.#pace = turn.pace
    if (turn.waitMs === 0) return
    this.#waiting.add(network)
    try {
      await new Promise<void>((resolve, reject) => {
        const timer = clock.setTimer(turn.waitMs, resolve)
        whenGone(() => {
          clock.clearTimer(timer)
          reject(new NleError('cancelled', 'The client disconnected before its code was tried.'))
        })
      })
    } finally {
      this.#waiting.delete(network)
    }
  }

  wasWrong(address: string, reason: string): void {
    const { clock, log } = this.#core
    const { steadyMs } = clock.now()
    const network = networkOf(address)
    this.#pace = wrongCode(this.#pace, steadyMs)
    const limit = wrongGuess(this.#limits.get(network), steadyMs)
    remember(this.#limits, network, limit, MAX_NETWORKS)
    log.warn('wrong entry code', { address, reason })
  }
}

function tooMany(waitS: number): NleError {
  return new NleError('rate_limited', `Too many wrong codes. Try again in ${waitS} seconds.`, {
    details: { retryAfterS: waitS },
  })
}
