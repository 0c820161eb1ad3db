import type { IncomingMessage } from 'node:http'
import { NleError } from '../../errors.ts'
import { fetchSite, isNavigation } from '../http/web-page.ts'

/** What a person may look at with a browser, or an installer's page read. Nothing in it is a secret. */
const OPEN_PATH = /^(\/nest)?\/(info|entry|ping)\/?(\?|$)/

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
  if ((method === 'GET' || method === 'HEAD') && OPEN_PATH.test(url)) return undefined
  throw new NleError('forbidden', 'Only thermostats are served here, not web pages.')
}
