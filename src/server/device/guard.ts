import type { IncomingMessage } from 'node:http'
import { NleError } from '../../errors.ts'
import { basicCredentials, identify } from '../../protocol/identity.ts'
import { splitUrl } from '../http/router.ts'
import { fetchSite, isNavigation } from '../http/web-page.ts'
import type { DevicePinning } from '../pairing/pinning.ts'
import { asksForCode, isOpenPath, serialInPath } from './device-paths.ts'

/**
 * Refuses callers of the device listener: web pages, and with pinning wrong passwords (`I4`).
 *
 * @throws NleError `forbidden`
 */
export function deviceGuard(pinning: DevicePinning | undefined) {
  return (request: IncomingMessage): undefined | Promise<undefined> => {
    refuseWebPages(request)
    if (pinning === undefined) return undefined
    const { headers, url = '' } = request
    const { path } = splitUrl(url)
    if (isOpenPath(path)) return undefined
    const serial = identify({ headers }) ?? serialInPath(path)
    if (serial === undefined) return undefined
    const password = basicCredentials(headers.authorization)?.password
    return pinning.admit({ serial, password, asksForCode: asksForCode(path) })
  }
}

/**
 * Refuses web pages, which could name a serial in the path and pass as a thermostat. `Host` is not
 * checked: thermostats use the name that a person entered.
 *
 * @throws NleError `forbidden`
 */
function refuseWebPages(request: IncomingMessage): void {
  const { headers, url = '', method = 'GET' } = request
  const site = fetchSite(headers)
  const isPage = headers.origin !== undefined || (site !== undefined && site !== 'none')
  if (!isPage || isNavigation(request)) return
  if ((method === 'GET' || method === 'HEAD') && isOpenPath(splitUrl(url).path)) return
  throw new NleError('forbidden', 'Only thermostats are served here, not web pages.')
}
