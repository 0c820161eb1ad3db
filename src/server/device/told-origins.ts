import type { IncomingMessage } from 'node:http'
import { identify } from '../../protocol/identity.ts'
import { CLIENT_MISTAKE_QUIET_MS, type Logger } from '../core/logger.ts'
import { isForwarded } from '../http/forwarded.ts'
import type { Remote } from '../http/remotes.ts'
import { isBrowser } from '../http/web-page.ts'
import type { Call } from '../lan/origin.ts'

/** Enough of a path to recognise it. */
const MAX_LOGGED_LENGTH = 128

type Told = (call: Call) => { readonly url: string; readonly unknownName?: string }

/** The origins that thermostats are told, and log lines about addresses that people mistyped. */
export class ToldOrigins {
  readonly #told: Told
  readonly #log: Logger

  constructor(log: Logger, told: Told) {
    this.#told = told
    this.#log = log
  }

  /** The origin for the caller of a request (`E4`). A name that is not told on is logged. */
  of(raw: IncomingMessage): string {
    const { url, unknownName } = this.#told(callOf(raw))
    if (unknownName !== undefined) {
      this.#log.warn(
        'a thermostat calls this server by an unknown name; if the name is right, add it to ALLOWED_HOSTS, or set API_ORIGIN to it',
        { host: unknownName, told_instead: url },
        { about: unknownName, quietMs: CLIENT_MISTAKE_QUIET_MS },
      )
    }
    return url
  }

  /** Logs a path that is not served, once for each caller, so that a wrong address is seen (`E5`). */
  unknownPath(raw: IncomingMessage, path: string, { address }: Remote): void {
    const { headers } = raw
    // A person with a browser sees the answer; the browser asks for icons by itself.
    if (isBrowser(headers)) return
    const serial = identify({ headers })
    this.#log.warn(
      'nothing is served at this path; if a thermostat asks for it, enter its cloudregisterurl as given here',
      {
        path: path.slice(0, MAX_LOGGED_LENGTH),
        address,
        ...(serial === undefined ? {} : { serial }),
        cloudregisterurl: `${this.#told(callOf(raw)).url}/entry`,
      },
      { about: serial ?? address, quietMs: CLIENT_MISTAKE_QUIET_MS },
    )
  }
}

function callOf({ headers, socket }: IncomingMessage): Call {
  const { localAddress, remoteAddress } = socket
  return { host: headers.host, localAddress, remoteAddress, isForwarded: isForwarded(headers) }
}
