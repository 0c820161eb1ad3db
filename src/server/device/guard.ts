import type { IncomingMessage } from 'node:http'
import { NleError } from '../../errors.ts'
import { basicCredentials, identify } from '../../protocol/identity.ts'
import { fetchSite, isNavigation } from '../http/web-page.ts'
import type { DevicePinning } from '../pairing/pinning.ts'

/**
 * A thermostat must find its server with whatever password (`E1`), a person may look at these paths
 * with a browser, and an installer's page may read them: nothing in the answers is a secret.
 */
const OPEN_PATH = /^(\/nest)?\/(entry|ping|info)\/?$/

/**
 * Who may talk to the device listener at all. Without pinning: everybody but web pages (`I4`).
 *
 * @throws NleError `forbidden`
 */
export function deviceGuard(pinning: DevicePinning | undefined) {
  return (request: IncomingMessage): undefined | Promise<undefined> => {
    refuseWebPages(request)
    if (pinning === undefined) return undefined
    const { headers, url = '' } = request
    const [path = '', query = ''] = url.split('?')
    if (OPEN_PATH.test(path)) return undefined
    const querySerial = new URLSearchParams(query).get('serial') ?? serialInPath(path)
    const serial = identify({ headers, querySerial })
    if (serial === undefined) return undefined
    const password = basicCredentials(headers.authorization)?.password
    return pinning.admit({ serial, password, asksForCode: /\/passphrase\/?$/.test(path) })
  }
}

/** The one path that names its caller: `…/device/{serial}`. */
function serialInPath(path: string): string | undefined {
  return /\/device\/(?:device\.)?([A-Za-z0-9]+)\/?$/.exec(path)?.[1]
}

/**
 * No thermostat is a web page: one that pretends to be, by naming a serial in the query, is refused.
 * The name in `Host` is not looked at here: thermostats come by whatever name they were given.
 *
 * @throws NleError `forbidden`
 */
export function refuseWebPages(request: IncomingMessage): undefined {
  const { headers, url = '', method = 'GET' } = request
  const site = fetchSite(headers)
  const isPage = headers.origin !== undefined || (site !== undefined && site !== 'none')
  if (!isPage || isNavigation(request)) return undefined
  if ((method === 'GET' || method === 'HEAD') && OPEN_PATH.test(pathOf(url))) return undefined
  throw new NleError('forbidden', 'Only thermostats are served here, not web pages.')
}

function pathOf(url: string): string {
  return url.split('?')[0] ?? ''
}
