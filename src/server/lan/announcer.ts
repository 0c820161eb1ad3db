import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { isUnspecified, parseIp } from '../../protocol/lan/addresses.ts'
import type { Clock, Timer } from '../core/clock.ts'
import { CLIENT_MISTAKE_QUIET_MS, type Logger } from '../core/logger.ts'
import type { AnnouncedServer, Announcement } from './announcement.ts'
import { isVirtual, type LanAddress, lanAddress } from './lan-address.ts'

/** How soon a network that came, went or changed its address is noticed. */
const LOOK_AGAIN_MS = 30_000

/** How it goes with the announcement, for `nle doctor`. */
export type AnnouncerState =
  | { readonly type: 'off' }
  | { readonly type: 'announced'; readonly name: string; readonly address: string }
  /** Other machines cannot reach the control listener, or there is no network. */
  | { readonly type: 'nowhere' }
  | { readonly type: 'failed'; readonly reason: string }

export interface AnnouncerParts {
  readonly clock: Clock
  readonly log: Logger
  readonly version: string
  /** Announces; a test brings its own. */
  readonly announce?: (
    server: AnnouncedServer,
    clock: Clock,
    lost: (reason: string) => void,
  ) => Promise<Announcement>
  /** The address to announce for a listener; undefined for none. */
  readonly addressOf?: (listensOn: string) => LanAddress | undefined
}

/** Keeps the server announced in the local network while there is one. */
export class Announcer {
  readonly #parts: Required<AnnouncerParts>
  #state: AnnouncerState = { type: 'off' }
  #current: Announcement | undefined
  #address: string | undefined
  #timer: Timer
  #looking: Promise<void> | undefined
  #isStopped = false

  constructor(parts: AnnouncerParts) {
    this.#parts = { announce: announceLater, addressOf: announcedAddress, ...parts }
  }

  get state(): AnnouncerState {
    return this.#state
  }

  /** @param at - where the control listener listens */
  start(at: Pick<AddressInfo, 'address' | 'port'>): void {
    const { clock } = this.#parts
    this.#looking = this.#look(at).then(() => {
      if (!this.#isStopped) this.#timer = clock.setTimer(LOOK_AGAIN_MS, () => this.start(at))
    })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#parts.clock.clearTimer(this.#timer)
    await this.#looking
    await this.#end()
    this.#state = { type: 'off' }
  }

  async #look({ address: listensOn, port }: Pick<AddressInfo, 'address' | 'port'>) {
    const { announce, addressOf, clock, log, version } = this.#parts
    const lan = addressOf(listensOn)
    if (lan?.address === this.#address) {
      if (lan === undefined) this.#state = { type: 'nowhere' }
      return
    }
    await this.#end()
    if (lan === undefined) {
      this.#state = { type: 'nowhere' }
      return
    }
    try {
      this.#current = await announce({ lan, port, version }, clock, (reason) => this.#lost(reason))
      this.#address = lan.address
      this.#state = { type: 'announced', name: this.#current.name, address: lan.address }
      log.debug('announced in the local network', { name: this.#current.name, ...lan })
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error))
    }
  }

  /** The next look announces it again. */
  #lost(reason: string): void {
    this.#failed(reason)
    this.#end()
  }

  #failed(reason: string): void {
    this.#state = { type: 'failed', reason }
    const fields = { reason, mend: 'it is tried again by itself; MDNS=off switches it off' }
    this.#parts.log.warn('not announced in the local network', fields, {
      about: reason,
      quietMs: CLIENT_MISTAKE_QUIET_MS,
    })
  }

  async #end(): Promise<void> {
    const current = this.#current
    this.#current = undefined
    this.#address = undefined
    await current?.end()
  }
}

/** Loaded once it is needed, after the server serves. */
const announceLater: Required<AnnouncerParts>['announce'] = async (...given) =>
  (await import('./announcement.ts')).announce(...given)

/**
 * Where other machines of the home reach a listener. A server on a public address is not announced: those beside it
 * in a data centre are strangers.
 */
export function announcedAddress(
  listensOn: string,
  interfaces = networkInterfaces(),
): LanAddress | undefined {
  const lan = lanAddress(interfaces)
  if (lan === undefined || isVirtual(lan.interfaceName)) return undefined
  const kind = parseIp(lan.address)?.kind
  if (kind !== 'private' && kind !== 'link-local') return undefined
  return isUnspecified(listensOn) || listensOn === lan.address ? lan : undefined
}
