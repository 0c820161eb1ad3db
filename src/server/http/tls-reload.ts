import type { Clock, Timer } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import { certificateFacts, readTlsPair, type TlsPair } from './tls-files.ts'

/** How often the files are read; a certificate is renewed weeks before it expires. */
const EVERY_MS = 60_000

export interface TlsReloadOptions {
  readonly folder: string
  readonly clock: Clock
  readonly log: Logger
  /** Makes new connections use a pair. */
  use(pair: TlsPair): void
}

/**
 * Uses a renewed certificate without a restart: held connections stay, new ones get the new
 * certificate. While the two files do not belong together, because one of them is being replaced, the
 * old pair stays in use.
 */
export class TlsReload {
  readonly #options: TlsReloadOptions
  #current: TlsPair
  #timer: Timer | undefined
  #trouble: string | undefined

  constructor(current: TlsPair, options: TlsReloadOptions) {
    this.#current = current
    this.#options = options
  }

  start(): void {
    this.#timer = this.#options.clock.setTimer(EVERY_MS, () => {
      this.#look()
      this.start()
    })
  }

  stop(): void {
    if (this.#timer !== undefined) this.#options.clock.clearTimer(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    const { folder, log, use } = this.#options
    try {
      const pair = readTlsPair(folder)
      if (this.#trouble !== undefined) log.info('the certificate can be read again')
      this.#trouble = undefined
      if (pair.cert === this.#current.cert && pair.key === this.#current.key) return
      use(pair)
      this.#current = pair
      const until = new Date(certificateFacts(pair.cert).expiresAtMs).toISOString()
      log.info('certificate renewed', { folder, until })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (reason !== this.#trouble) {
        log.warn('the certificate was not renewed; the one in use goes on', { reason })
      }
      this.#trouble = reason
    }
  }
}
