import type { Clock, Timer } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import { certificateFacts, readTlsPair, type TlsPair } from './tls-files.ts'

/** How often the files are read; a certificate is renewed weeks before it expires. */
const EVERY_MS = 60_000

/**
 * Uses a renewed certificate without a restart: held connections stay, new ones get the new
 * certificate. While the two files do not belong together, because one of them is being replaced, the
 * old pair stays in use.
 *
 * @param current - the pair in use
 * @param use - makes new connections use a pair
 * @returns stops it
 */
export function reloadTls(
  current: TlsPair,
  folder: string,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  use: (pair: TlsPair) => void,
): () => void {
  let timer: Timer
  let trouble: string | undefined

  function look(): void {
    try {
      const pair = readTlsPair(folder)
      if (trouble !== undefined) log.info('the certificate can be read again')
      trouble = undefined
      if (pair.cert === current.cert && pair.key === current.key) return
      use(pair)
      current = pair
      const until = new Date(certificateFacts(pair.cert).expiresAtMs).toISOString()
      log.info('certificate renewed', { folder, until })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (reason !== trouble) {
        log.warn('the certificate was not renewed; the one in use goes on', { reason })
      }
      trouble = reason
    }
  }

  function lookLater(): void {
    timer = clock.setTimer(EVERY_MS, () => {
      look()
      lookLater()
    })
  }

  lookLater()
  return () => clock.clearTimer(timer)
}
