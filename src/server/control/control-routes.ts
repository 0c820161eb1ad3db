import { ENDPOINTS, type EndpointName } from '../../api/endpoints.ts'
import type { NleError } from '../../errors.ts'
import { ok, TAKEN } from '../http/reply.ts'
import {
  changeHandler,
  changesHandler,
  commandHandler,
  notifyHandler,
} from './command-endpoints.ts'
import { eventsHandler } from './events/events-endpoint.ts'
import type { ScopedRoute } from './guards/token-guard.ts'
import type { ControlHandlers, ControlServices } from './handler.ts'
import { mqttStatusHandler, removeMqttHandler, setMqttHandler } from './mqtt-endpoints.ts'
import {
  ensureUserHandler,
  ownedDevicesHandler,
  pairingHandler,
  pairingOfHandler,
  registerHandler,
  releaseHandler,
} from './pairing-endpoints.ts'
import { configureHandler, scanHandler } from './scan-endpoints.ts'
import { configHandler, healthHandler, rootHandler, statsHandler } from './server-endpoints.ts'
import {
  deleteDeviceHandler,
  devicesHandler,
  dismissPairingHandler,
  repinHandler,
  scheduleHandler,
  statusHandler,
} from './thermostat-endpoints.ts'

/** Every endpoint of the control listener (section 9), with its handler. */
export function controlRoutes(services: ControlServices): ScopedRoute[] {
  const handlers: ControlHandlers = {
    getRoot: rootHandler(),
    getHealth: healthHandler(services),
    getStatus: statusHandler(services),
    sendCommand: commandHandler(services),
    notifyDevice: notifyHandler(services),
    listDevices: devicesHandler(services),
    deleteDevice: deleteDeviceHandler(services),
    getSchedule: scheduleHandler(services),
    listChanges: changesHandler(services),
    getChange: changeHandler(services),
    watchEvents: eventsHandler(services),
    getStats: statsHandler(services),
    getConfig: configHandler(services),
    registerDevice: registerHandler(services),
    listWaiting: pairingHandler(services),
    getPairing: pairingOfHandler(services),
    dismissPairing: dismissPairingHandler(services),
    repin: repinHandler(services),
    listOwned: ownedDevicesHandler(services),
    releaseDevice: releaseHandler(services),
    ensureUser: ensureUserHandler(services),
    scanNetwork: scanHandler(services),
    configureNest: configureHandler(services),
    getMqttConfig: mqttStatusHandler(services),
    setMqttConfig: setMqttHandler(services),
    removeMqttConfig: removeMqttHandler(services),
  }
  return Object.entries(ENDPOINTS).map(([name, { method, path, scope }]) => {
    const handler = handlers[name as EndpointName]
    return {
      method,
      pattern: path,
      scope,
      handler: async (request, response) => {
        const answer = await handler(request, response)
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
