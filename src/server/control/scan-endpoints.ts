import { NleError } from '../../errors.ts'
import { isObject } from '../../protocol/bucket.ts'
import { parseSubnet, type Subnet, subnetOf } from '../../protocol/lan/addresses.ts'
import type { FoundThermostat } from '../../protocol/lan/settings-page.ts'
import { scanNetwork } from '../lan/network-scan.ts'
import type { ControlServices, SomeHandlers } from './handler.ts'

const CONFIGURE_TIMEOUT_MS = 5_000

/** Thermostats on the home network, by their settings pages. */
export function scanEndpoints({ settingsPages, core }: ControlServices) {
  const running = new Map<string, Promise<FoundThermostat[]>>()
  return {
    /** `POST /api/scan-network`: looks in `subnet`, or in the /24 of the origin; one scan at a time. */
    async scanNetwork(request) {
      const pages = settingsPages()
      // Existing clients send no body.
      const subnet = wantedSubnet(await request.jsonIfAny(), pages.origin)
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
    },

    /** `POST /api/configure-nest`: points a thermostat at this server. */
    async configureNest(request) {
      const body = await request.json()
      const { ip, api_key: key } = isObject(body) ? body : {}
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
    },
  } satisfies SomeHandlers
}

function wantedSubnet(body: unknown, origin: string): Subnet {
  const asked = isObject(body) ? body.subnet : undefined
  if (asked !== undefined) {
    const subnet = typeof asked === 'string' ? parseSubnet(asked) : undefined
    if (subnet !== undefined) return subnet
    throw new NleError('invalid', 'subnet has to be a /24 such as 192.168.1.0/24.')
  }
  const subnet = subnetOf(new URL(origin).hostname)
  if (subnet !== undefined) return subnet
  throw new NleError(
    'invalid',
    `${origin} names no address, so the network cannot be told from it. Send {"subnet":"192.168.1.0/24"}.`,
  )
}
