import { NleError } from '../../../errors.ts'
import { networkOf, sharesNetwork } from '../../../protocol/lan/addresses.ts'
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
import { ownNetworks } from '../../lan/own-networks.ts'

/** Wrong codes are counted for at most this many addresses, and as many networks. */
const MAX_COUNTED = 4096

/**
 * Limits guesses of entry codes (`P12`). Whatever others do, an address without a wrong code of its own in
 * the last minute is served at once, so that guessing never keeps the owner from pairing.
 */
export class CodeGuesses {
  readonly #core: Pick<Core, 'clock' | 'log'>
  readonly #ownNetworks: () => ReadonlySet<string>
  readonly #byAddress = new Map<string, GuessLimit>()
  readonly #byNetwork = new Map<string, NetworkGuesses>()

  /** @param own - the IPv6 networks that this machine is in, whose addresses are other machines */
  constructor(core: Pick<Core, 'clock' | 'log'>, own: () => ReadonlySet<string> = ownNetworks) {
    this.#core = core
    this.#ownNetworks = own
  }

  /** @throws NleError `rate_limited` for an address that may not try a code now */
  admit(address: string): void {
    const { steadyMs } = this.#core.clock.now()
    const limit = this.#byAddress.get(address)
    const network = this.#foreignNetwork(address)
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

  wasWrong(address: string, reason: string): void {
    const { clock, log } = this.#core
    const { steadyMs } = clock.now()
    const limit = this.#byAddress.get(address)
    const network = this.#foreignNetwork(address)
    if (network !== undefined) {
      const known = this.#byNetwork.get(network)
      const next = wrongInNetwork(known, guessedLately(limit, steadyMs), steadyMs)
      remember(this.#byNetwork, network, next, MAX_COUNTED)
    }
    remember(this.#byAddress, address, wrongGuess(limit, steadyMs), MAX_COUNTED)
    log.warn('wrong entry code', { address, reason })
  }

  /** The network in which one stranger may have every address; undefined for an address that counts alone. */
  #foreignNetwork(address: string): string | undefined {
    if (!sharesNetwork(address)) return undefined
    const network = networkOf(address)
    return this.#ownNetworks().has(network) ? undefined : network
  }
}
