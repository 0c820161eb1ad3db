import { NleError } from '../../../errors.ts'
import {
  type GuessLimit,
  guessedLately,
  type NetworkGuesses,
  networkRetryAfterS,
  retryAfterS,
  wrongGuess,
  wrongInNetwork,
} from '../../../protocol/pairing/guess-limit.ts'
import { remember } from '../../core/bounded-map.ts'
import type { Core } from '../../core/core.ts'
import type { Request } from '../../http/reply.ts'

type Guesser = Pick<Request, 'remoteAddress' | 'limitKey'>

/** Wrong codes are counted for at most this many addresses, and as many networks. */
const MAX_COUNTED = 4096

/**
 * Limits guesses of entry codes (`P12`). Whatever others do, an address without a wrong code of its own in
 * the last minute is served at once, so that guessing never keeps the owner from pairing.
 */
export class CodeGuesses {
  readonly #core: Pick<Core, 'clock' | 'log'>
  readonly #byAddress = new Map<string, GuessLimit>()
  readonly #byNetwork = new Map<string, NetworkGuesses>()

  constructor(core: Pick<Core, 'clock' | 'log'>) {
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
    if (waitS === 0) return
    throw new NleError('rate_limited', `Too many wrong codes. Try again in ${waitS} seconds.`, {
      details: { retryAfterS: waitS },
    })
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

/** The network in which one stranger may have every address; undefined for an address that counts alone. */
function foreignNetwork({ remoteAddress, limitKey }: Guesser): string | undefined {
  return limitKey === remoteAddress ? undefined : limitKey
}
