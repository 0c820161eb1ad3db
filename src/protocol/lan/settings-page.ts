import { isObject } from '../bucket.ts'
import { toSerial } from '../identity.ts'

/** The firmware's own settings page, on a port of the thermostat: where it is told its server. */
export const SETTINGS_PAGE = { port: 8080, path: '/cgi-bin/api/settings' } as const

/** A thermostat that was found on the network. */
export interface FoundThermostat {
  readonly ip: string
  readonly device_name: string | null
  /** The server it uses now. */
  readonly cloudregisterurl: string | null
  /** Whether that server is this one. */
  readonly configured: boolean
}

/** What a settings page says; undefined for a page that is not a thermostat's. */
export function readSettingsPage(
  ip: string,
  page: unknown,
  origin: string,
): FoundThermostat | undefined {
  if (!isObject(page)) return undefined
  const { device_name: name, cloudregisterurl: url } = page
  if (typeof url !== 'string' && typeof name !== 'string') return undefined
  return {
    ip,
    device_name: typeof name === 'string' ? name.slice(0, 128) : null,
    cloudregisterurl: typeof url === 'string' ? url.slice(0, 512) : null,
    configured: typeof url === 'string' && sameOrigin(url, origin),
  }
}

/** The body that points a thermostat at a server. Its key is its serial, in capitals. */
export function settingsBody(origin: string, apiKey: string | undefined): Record<string, string> {
  if (apiKey === undefined) return { endpoint: origin }
  const key = apiKey.trim()
  return { endpoint: origin, api_key: toSerial(key) ?? key }
}

/** Whether two URLs name the same server: paths do not count, and a scheme's own port may be left out. */
export function sameOrigin(a: string, b: string): boolean {
  if (!URL.canParse(a) || !URL.canParse(b)) return false
  const [one, other] = [new URL(a), new URL(b)]
  return one.protocol === other.protocol && one.host === other.host
}
