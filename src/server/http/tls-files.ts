import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../config.ts'
import { NleError } from '../../errors.ts'
import { parseIp } from '../../protocol/lan/addresses.ts'
import type { Logger } from '../core/logger.ts'
import { nodeCrypto, nodeTls } from '../core/node-modules.ts'

/** A certificate chain and its key, as PEM. */
export interface TlsPair {
  readonly cert: string
  readonly key: string
}

/** The two files of a certificate folder (`CERT_DIR`). */
export function tlsPaths(folder: string): { cert: string; key: string } {
  return { cert: join(folder, 'fullchain.pem'), key: join(folder, 'privkey.pem') }
}

export function hasTlsFiles(folder: string): boolean {
  const { cert, key } = tlsPaths(folder)
  return existsSync(cert) || existsSync(key)
}

/**
 * Reads the pair and checks that the two belong together.
 *
 * @throws NleError `invalid`, naming the file that is missing, unreadable or does not fit
 */
export function readTlsPair(folder: string): TlsPair {
  const paths = tlsPaths(folder)
  const [cert, key] = [readPem(paths.cert), readPem(paths.key)]
  try {
    nodeTls().createSecureContext({ cert, key })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const what = /mismatch/i.test(why)
      ? `${paths.key} is not the key of ${paths.cert}`
      : `${paths.cert} and ${paths.key} are no certificate and key in PEM form (${why})`
    throw new NleError('invalid', `${what}. Put the pair there that belongs together (CERT_DIR).`, {
      cause,
    })
  }
  return { cert, key }
}

/**
 * The pair for the device listener; undefined without TLS. As with the existing server an empty folder
 * means no TLS, unless the configured origin is https.
 *
 * @throws NleError `invalid` when TLS is wanted and cannot be had
 */
export function deviceTls(
  { certDir, apiOrigin }: Pick<Config, 'certDir' | 'apiOrigin'>,
  log: Logger,
): TlsPair | undefined {
  if (certDir === undefined) return undefined
  if (!hasTlsFiles(certDir) && apiOrigin?.startsWith('https:') !== true) {
    log.warn('no certificate in CERT_DIR, so thermostats are served without TLS', {
      folder: certDir,
    })
    return undefined
  }
  return readTlsPair(certDir)
}

/** The facts of the first certificate, which is the server's own. */
export function certificateFacts(cert: string) {
  const parsed = new (nodeCrypto().X509Certificate)(cert)
  return {
    expiresAtMs: parsed.validToDate.getTime(),
    startsAtMs: parsed.validFromDate.getTime(),
    /** Whether it is valid for a host name or address. */
    covers: (host: string): boolean => {
      const ip = parseIp(host)?.text
      return (ip === undefined ? parsed.checkHost(host) : parsed.checkIP(ip)) !== undefined
    },
  }
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'is missing' : `cannot be read: ${message}`
    throw new NleError('invalid', `${path} ${why}. CERT_DIR needs fullchain.pem and privkey.pem.`, {
      cause,
    })
  }
}
