import type { IncomingHttpHeaders } from 'node:http'
import type { Endpoint } from '../../api/endpoint.ts'
import { ENDPOINTS, type EndpointName } from '../../api/endpoints.ts'
import { ok, type Reply, TAKEN } from '../http/reply.ts'
import { backupEndpoints } from './backup-endpoints.ts'
import { bucketEndpoints } from './bucket-endpoints.ts'
import { commandEndpoints } from './command-endpoints.ts'
import type { ScopedRoute } from './guards/token-guard.ts'
import { type ControlHandlers, type ControlServices, TextAnswer } from './handler.ts'
import { historyEndpoints } from './history-endpoints.ts'
import { hostedEndpoints } from './hosted-endpoints.ts'
import { matterEndpoints } from './matter-endpoints.ts'
import { metricsEndpoints } from './metrics-endpoints.ts'
import { mqttEndpoints } from './mqtt-endpoints.ts'
import { notifyEndpoints } from './notify-endpoints.ts'
import { pairingEndpoints } from './pairing-endpoints.ts'
import { passwordEndpoints } from './password-endpoints.ts'
import { scanEndpoints } from './scan-endpoints.ts'
import { serverEndpoints } from './server-endpoints.ts'
import { sessionEndpoints } from './session-endpoints.ts'
import { thermostatEndpoints } from './thermostat-endpoints.ts'
import { tokenEndpoints } from './token-endpoints.ts'
import { hasVersion } from './web/negotiation.ts'

/**
 * The endpoints whose work grows with the number of thermostats or commands, or with the time that they look
 * back. They take turns with the other networks' large requests.
 */
const LARGE: ReadonlySet<string> = new Set<EndpointName>([
  'hostedDevices',
  'listDevices',
  'listWaiting',
  'listOwned',
  'listChanges',
  'getStats',
  'watchEvents',
  'listBuckets',
  'getHistory',
  'getRuntime',
  'getMetrics',
])

/** Every endpoint of the control listener (section 9), with its handler. */
export function controlRoutes(services: ControlServices): ScopedRoute[] {
  const handlers: ControlHandlers = {
    ...serverEndpoints(services),
    ...thermostatEndpoints(services),
    ...commandEndpoints(services),
    ...hostedEndpoints(services),
    ...pairingEndpoints(services),
    ...passwordEndpoints(services),
    ...scanEndpoints(services),
    ...mqttEndpoints(services),
    ...backupEndpoints(services),
    ...bucketEndpoints(services),
    ...tokenEndpoints(services),
    ...sessionEndpoints(services),
    ...historyEndpoints(services),
    ...metricsEndpoints(services),
    ...notifyEndpoints(services),
    ...matterEndpoints(services),
  }
  return Object.entries<Endpoint>(ENDPOINTS).map(([name, endpoint]) => {
    const { method, path, scope, ownerCommand, contentType } = endpoint
    const handler = handlers[name as EndpointName]
    const isLarge = LARGE.has(name)
    return {
      method,
      pattern: path,
      scope,
      ownerCommand,
      handler: async (request, response) => {
        const work = () => handler(request, response)
        const answer = await (isLarge ? services.turns.run(request, work) : work())
        if (answer instanceof TextAnswer) return textReply(answer, request.raw.headers)
        return answer === TAKEN ? TAKEN : { ...ok(answer), type: contentType }
      },
    }
  })
}

function textReply({ text, type, version }: TextAnswer, headers: IncomingHttpHeaders): Reply {
  if (version === undefined) return { ...ok(text()), type }
  const etag = `"${version}"`
  // A browser may keep it, and asks each time whether it is still the same.
  const kept = { ETag: etag, 'Cache-Control': 'private, no-cache' }
  return hasVersion(headers['if-none-match'], etag)
    ? { status: 304, body: undefined, headers: kept }
    : { ...ok(text(), kept), type }
}
