import type { Endpoint } from '../../api/endpoint.ts'
import { ENDPOINTS, type EndpointName } from '../../api/endpoints.ts'
import type { NleError } from '../../errors.ts'
import { ok, TAKEN } from '../http/reply.ts'
import { commandEndpoints } from './command-endpoints.ts'
import type { ScopedRoute } from './guards/token-guard.ts'
import type { ControlHandlers, ControlServices } from './handler.ts'
import { matterEndpoints } from './matter-endpoints.ts'
import { mqttEndpoints } from './mqtt-endpoints.ts'
import { pairingEndpoints } from './pairing-endpoints.ts'
import { passwordEndpoints } from './password-endpoints.ts'
import { scanEndpoints } from './scan-endpoints.ts'
import { serverEndpoints } from './server-endpoints.ts'
import { thermostatEndpoints } from './thermostat-endpoints.ts'

/**
 * The endpoints whose work grows with the number of thermostats or commands. They take turns with the other
 * networks' large requests.
 */
const LARGE: ReadonlySet<string> = new Set<EndpointName>([
  'listDevices',
  'listWaiting',
  'listOwned',
  'listChanges',
  'getStats',
  'watchEvents',
])

/** Every endpoint of the control listener (section 9), with its handler. */
export function controlRoutes(services: ControlServices): ScopedRoute[] {
  const handlers: ControlHandlers = {
    ...serverEndpoints(services),
    ...thermostatEndpoints(services),
    ...commandEndpoints(services),
    ...pairingEndpoints(services),
    ...passwordEndpoints(services),
    ...scanEndpoints(services),
    ...mqttEndpoints(services),
    ...matterEndpoints(services),
  }
  return Object.entries<Endpoint>(ENDPOINTS).map(([name, endpoint]) => {
    const { method, path, scope, ownerCommand } = endpoint
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
        return answer === TAKEN ? TAKEN : ok(answer)
      },
    }
  })
}

/** The body of a refusal. Clients of the existing server look at `message` or at `error`. */
export function refusalBody(message: string, { details }: NleError): unknown {
  const key = details.thermostatKeyNeeded === true ? { auth_required: true } : {}
  return { success: false, ...key, message, error: message }
}
