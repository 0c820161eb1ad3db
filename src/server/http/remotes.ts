import type { IncomingHttpHeaders } from 'node:http'
import { limitKey, plainAddress } from '../../protocol/lan/addresses.ts'
import { type AddressRange, forwardedAddress, isInRanges } from '../../protocol/lan/forwarding.ts'

/** Where a request or a connection comes from. */
export interface Remote {
  /** Of the caller itself where a trusted proxy names it. */
  readonly address: string
  /** What limits per caller count; see `limitKey`. */
  readonly key: string
}

/** What is read of a request, or of a connection alone. */
interface Received {
  readonly socket: { readonly remoteAddress?: string | undefined }
  readonly headers?: IncomingHttpHeaders
}

/** Tells where requests and connections come from (`TRUSTED_PROXIES`). */
export class Remotes {
  readonly #trusted: readonly AddressRange[]
  readonly #keyOf: (address: string) => string
  /** Of connections that are no trusted proxy's: all their requests come from the same caller. */
  readonly #direct = new WeakMap<Received['socket'], Remote>()

  /** @param keyOf - the rate-limit key of an address, as seen from this machine */
  constructor(
    trusted: readonly AddressRange[] = [],
    keyOf = (address: string): string => limitKey(address, () => new Set()),
  ) {
    this.#trusted = trusted
    this.#keyOf = keyOf
  }

  /** Forwarding headers count from a trusted proxy only: anybody else can write what they like. */
  of({ socket, headers = {} }: Received): Remote {
    const known = this.#direct.get(socket)
    if (known !== undefined) return known
    const peer = plainAddress(socket.remoteAddress)
    const isForwarded = isInRanges(peer, this.#trusted)
    const address = isForwarded ? forwardedAddress(peer, headers, this.#trusted) : peer
    const remote = { address, key: this.#keyOf(address) }
    if (!isForwarded) this.#direct.set(socket, remote)
    return remote
  }

  /** Whether the far end of a connection is a trusted proxy. */
  isProxy({ socket }: Received): boolean {
    return isInRanges(plainAddress(socket.remoteAddress), this.#trusted)
  }
}
