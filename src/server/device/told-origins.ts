import type { IncomingMessage } from 'node:http'
import { identify } from '../../protocol/identity.ts'
import type { Core } from '../core/core.ts'
import { LogOnce } from '../core/log-once.ts'
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
  readonly #complaints: LogOnce

  constructor({ log, clock }: Pick<Core, 'log' | 'clock'>, told: Told) {
    this.#told = told
    this.#complaints = new LogOnce(log, () => clock.now().steadyMs)
  }

  /** The origin for the caller of a request (`E4`). A name that is not told on is logged. */
  of(raw: IncomingMessage): string {
    const { url, unknownName } = this.#told(callOf(raw))
    if (unknownName !== undefined) {
      this.#complaints.warn(
        'a thermostat calls this server by an unknown name; if the name is right, add it to ALLOWED_HOSTS, or set API_ORIGIN to it',
        { host: unknownName, told_instead: url },
        unknownName,
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
    this.#complaints.warn(
      'nothing is served at this path; if a thermostat asks for it, enter its cloudregisterurl as given here',
      {
        path: path.slice(0, MAX_LOGGED_LENGTH),
        address,
        ...(serial === undefined ? {} : { serial }),
        cloudregisterurl: `${this.#told(callOf(raw)).url}/entry`,
      },
      serial ?? address,
    )
  }
}

function callOf({ headers, socket }: IncomingMessage): Call {
  const { localAddress, remoteAddress } = socket
  return { host: headers.host, localAddress, remoteAddress, isForwarded: isForwarded(headers) }
}
