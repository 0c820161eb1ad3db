import { NleError } from '../../errors.ts'
import { explicitOrigin, namesPort } from '../pairing/entry-document.ts'
import { isUnspecified } from './addresses.ts'

/** An origin as people type it (`E6`): what is read from it, and what to tell them. */

export interface OriginRemark {
  /** A `warning` probably keeps thermostats from their server. */
  readonly level: 'note' | 'warning'
  readonly message: string
  /** What to do about it. */
  readonly mend?: string
}

/** The default port of the device listener, for suggestions. */
const USUAL_PORT = '8000'
const EXAMPLE = `http://192.168.1.5:${USUAL_PORT}`
/** What belongs to the `cloudregisterurl` of a thermostat, or to the paths below the origin. */
const ENDING = /(?:\/+(?:nest|entry))+$/i

/**
 * The origin that a person means: with its port (`E2`), without the end of a `cloudregisterurl`.
 *
 * @throws NleError `invalid` that says what to write instead
 */
export function originIn(text: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase()
  if (scheme !== 'http' && scheme !== 'https') {
    throw new NleError('invalid', `it has to begin with http://: write ${suggestion(text)}.`)
  }
  const url = URL.parse(text)
  if (url === null || url.port === '0') {
    const isPort = url !== null || /:\d{5,}(?:[/?#]|$)/.test(text)
    const why = isPort ? 'its port has to be a number from 1 to 65535' : 'it has to be a URL'
    throw new NleError('invalid', `${why}: write something like ${EXAMPLE}.`)
  }
  return explicitOrigin(text).replace(ENDING, '')
}

/** The URL that a person probably meant who left out the scheme or mistyped it. */
function suggestion(text: string): string {
  const host = text.replace(/^(?:[a-z]+:\/\/|https?[:/]+)/i, '')
  const url = URL.parse(`http://${host}`)
  if (url === null || url.hostname === '') return EXAMPLE
  return /^https/i.test(text)
    ? `https://${url.host}`
    : `http://${url.hostname}:${url.port === '' ? USUAL_PORT : url.port}`
}

/**
 * What to tell people about an origin that is accepted: `nle serve`, `nle config` and `nle doctor` do.
 *
 * @param written - as it was typed; `originIn` accepts it
 * @param told - the origin that thermostats are told because of it
 * @param ownPort - that nle listens on; 0 for any
 */
export function originRemarks(written: string, told: string, ownPort: number): OriginRemark[] {
  const { protocol, hostname, host, pathname, username, search, hash } = new URL(written)
  const path = new URL(told).pathname.replace(/\/$/, '')
  const base = told.slice(0, told.length - path.length)
  const remarks: OriginRemark[] = []
  const add = (level: OriginRemark['level'], message: string, mend?: string) =>
    remarks.push({ level, message, ...(mend === undefined ? {} : { mend }) })

  const hasPath = /^[^/]*\/\/[^/?#]*\//.test(written)
  const dropped = hasPath ? pathname.slice(path.length) : ''
  if (dropped !== '' || username !== '' || search !== '' || hash !== '') {
    const what = dropped === '' ? 'all but scheme, host, port and path' : `the end ${dropped}`
    add('note', `of API_ORIGIN ${what} is dropped: thermostats are told ${told}`)
  }
  if (path !== '') {
    add(
      'warning',
      `API_ORIGIN has the path ${path}, which a proxy in front of nle has to take away`,
      `Without such a proxy set API_ORIGIN=${base}`,
    )
  }
  if (hostname.toLowerCase().replace(/\.$/, '').endsWith('.local')) {
    add(
      'warning',
      `thermostats cannot resolve ${hostname}: they have no mDNS`,
      'Set API_ORIGIN to the IP address of this machine instead.',
    )
  }
  if (isUnspecified(hostname)) {
    add(
      'warning',
      `${host} is no address that a thermostat can reach`,
      `Set API_ORIGIN to the address of this machine, such as ${EXAMPLE}.`,
    )
  }
  const toldPort = Number(/:(\d+)$/.exec(base)?.[1])
  if (protocol === 'http:' && !namesPort(written) && ownPort !== 0 && toldPort !== ownPort) {
    add(
      'note',
      `API_ORIGIN names no port: thermostats are told port ${toldPort}, where a proxy has to listen`,
      `If nle itself is meant, set API_ORIGIN=http://${hostname}:${ownPort}`,
    )
  }
  return remarks
}
