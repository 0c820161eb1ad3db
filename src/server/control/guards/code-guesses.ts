import { NleError } from '../../../errors.ts'
import {
  areTooManyGuesses,
  type GuessLimit,
  guessedLately,
  type NetworkGuesses,
  networkRetryAfterS,
  retryAfterS,
  wrongGuess,
  wrongInNetwork,
} from '../../../protocol/pairing/guess-limit.ts'
import type { SharedCount } from '../../../store/shared-store.ts'
import type { Store } from '../../../store/store.ts'
import { remember } from '../../core/bounded-map.ts'
import type { Core } from '../../core/core.ts'
import type { Request } from '../../http/reply.ts'

type Guesser = Pick<Request, 'remoteAddress' | 'limitKey'>

/** Processes together count by the minute. */
const COUNTED_MS = 60_000

/** Wrong codes are counted for at most this many addresses, and as many networks. */
const MAX_COUNTED = 4096

/**
 * Limits guesses of entry codes (`P12`). Whatever others do, an address without a wrong code of its own in
 * the last minute is served at once, so that guessing never keeps the owner from pairing.
 */
export class CodeGuesses {
  readonly #core: Pick<Core, 'clock' | 'log'> & { readonly store?: Pick<Store, 'shared'> }
  readonly #byAddress = new Map<string, GuessLimit>()
  readonly #byNetwork = new Map<string, NetworkGuesses>()

  constructor(core: Pick<Core, 'clock' | 'log'> & { readonly store?: Pick<Store, 'shared'> }) {
    this.#core = core
  }

  /** @throws NleError `rate_limited` for an address that may not try a code now */
  admit(guesser: Guesser): void {
    const { steadyMs } = this.#core.clock.now()
    const limit = this.#byAddress.get(guesser.remoteAddress)
    const network = foreignNetwork(guesser)
    const networkS =
      network === undefined
        ? 0
        : networkRetryAfterS(this.#byNetwork.get(network), guessedLately(limit, steadyMs), steadyMs)
    const waitS = Math.max(retryAfterS(limit, steadyMs), networkS)
    if (waitS > 0) throw tooMany(waitS)
  }

  /**
   * The same for what all processes on the database have counted together.
   *
   * @throws NleError `rate_limited`
   */
  async admitTogether(guesser: Guesser): Promise<void> {
    const shared = this.#core.store?.shared
    if (shared === undefined) return
    const [own = 0, network = 0, newcomers = 0] = await shared.count(countsOf(guesser, [0, 0, 0]))
    if (areTooManyGuesses(own, network, newcomers)) throw tooMany(COUNTED_MS / 1000)
  }

  /** Counts a wrong code for all processes on the database. */
  async countTogether(guesser: Guesser): Promise<void> {
    const shared = this.#core.store?.shared
    if (shared === undefined) return
    const [own = 0] = await shared.count(countsOf(guesser, [1, 1, 0]))
    if (own === 1) await shared.count(countsOf(guesser, [0, 0, 1]))
  }

  wasWrong(guesser: Guesser, reason: string): void {
    const { clock, log } = this.#core
    const { steadyMs } = clock.now()
    const { remoteAddress: address } = guesser
    const limit = this.#byAddress.get(address)
    const network = foreignNetwork(guesser)
    if (network !== undefined) {
      const known = this.#byNetwork.get(network)
      const next = wrongInNetwork(known, guessedLately(limit, steadyMs), steadyMs)
      remember(this.#byNetwork, network, next, MAX_COUNTED)
    }
    remember(this.#byAddress, address, wrongGuess(limit, steadyMs), MAX_COUNTED)
    log.warn('wrong entry code', { address, reason })
  }
}

function tooMany(waitS: number): NleError {
  return new NleError('rate_limited', `Too many wrong codes. Try again in ${waitS} seconds.`, {
    details: { retryAfterS: waitS },
  })
}

/** The shared counts of an address, its foreign network, and that network's guessing addresses. */
function countsOf(guesser: Guesser, add: readonly [number, number, number]): SharedCount[] {
  const network = foreignNetwork(guesser)
  const keys = [
    `guess:${guesser.remoteAddress}`,
    ...(network === undefined ? [] : [`guess-net:${network}`, `guess-new:${network}`]),
  ]
  return keys.map((key, i) => ({ key, windowMs: COUNTED_MS, add: add[i] ?? 0 }))
}

/** The network in which one stranger may have every address; undefined for an address that counts alone. */
function foreignNetwork({ remoteAddress, limitKey }: Guesser): string | undefined {
  return limitKey === remoteAddress ? undefined : limitKey
}
