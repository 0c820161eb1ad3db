import { NleError } from '../../errors.ts'
import { isObject } from '../../protocol/bucket.ts'
import { parseSubnet, type Subnet, subnetOf } from '../../protocol/lan/addresses.ts'
import type { FoundThermostat } from '../../protocol/lan/settings-page.ts'
import type { Request } from '../http/reply.ts'
import { scanNetwork } from '../lan/network-scan.ts'
import type { SettingsPages } from '../lan/settings-page-client.ts'
import type { ControlHandler, ControlServices } from './handler.ts'

const CONFIGURE_TIMEOUT_MS = 5_000

/** `POST /api/scan-network`: the thermostats in the /24 of the origin, or in `subnet`; one scan at a time. */
export function scanHandler({ settingsPages }: ControlServices): ControlHandler<'scanNetwork'> {
  const running = new Map<string, Promise<FoundThermostat[]>>()
  return async (request) => {
    const pages = settingsPages()
    const subnet = wantedSubnet(await bodyOf(request), pages)
    let scan = running.get(subnet.cidr)
    if (scan === undefined) {
      if (running.size > 0) {
        throw new NleError(
          'rate_limited',
          'Another network is being scanned. Try again in a moment.',
          { details: { retryAfterS: 10 } },
        )
      }
      scan = scanNetwork(pages, subnet).finally(() => running.delete(subnet.cidr))
      running.set(subnet.cidr, scan)
    }
    return { devices: await scan, subnet: subnet.cidr }
  }
}

function wantedSubnet(body: unknown, pages: SettingsPages): Subnet {
  const asked = isObject(body) ? body.subnet : undefined
  if (asked !== undefined) {
    const subnet = typeof asked === 'string' ? parseSubnet(asked) : undefined
    if (subnet !== undefined) return subnet
    throw new NleError('invalid', 'subnet has to be a /24 such as 192.168.1.0/24.')
  }
  const subnet = subnetOf(new URL(pages.origin).hostname)
  if (subnet !== undefined) return subnet
  throw new NleError(
    'invalid',
    `${pages.origin} names no address, so the network cannot be told from it. Send {"subnet":"192.168.1.0/24"}.`,
  )
}

/** `POST /api/configure-nest`: points a thermostat at this server. */
export function configureHandler({
  settingsPages,
  core,
}: ControlServices): ControlHandler<'configureNest'> {
  return async (request) => {
    const body = await request.json()
    const ip = isObject(body) ? body.ip : undefined
    const key = isObject(body) ? body.api_key : undefined
    if (typeof ip !== 'string' || ip === '') throw new NleError('invalid', 'Missing ip')
    if (key !== undefined && key !== null && (typeof key !== 'string' || key.length > 128)) {
      throw new NleError('invalid', 'api_key has to be a text.')
    }
    const apiKey = typeof key === 'string' && key.trim() !== '' ? key : undefined
    const result = await settingsPages().configure(ip, apiKey, CONFIGURE_TIMEOUT_MS)
    if (result.outcome === 'key required') {
      const details = { thermostatKeyNeeded: true }
      throw new NleError('unauthorized', 'The thermostat asks for its key.', { details })
    }
    core.log.info('thermostat configured', { ip, name: result.deviceName })
    return { success: true, device_name: result.deviceName }
  }
}

/** The body, which existing clients leave out. */
async function bodyOf(request: Request): Promise<unknown> {
  const text = await request.text()
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new NleError('invalid', 'The body is not valid JSON.', { cause })
  }
}
