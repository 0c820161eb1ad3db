import type { Route } from '../http/router.ts'
import { changeHandler, changesHandler, commandHandler, notifyHandler } from './command.ts'
import {
  deleteDeviceHandler,
  devicesHandler,
  dismissPairingHandler,
  repinHandler,
  scheduleHandler,
  statusHandler,
} from './devices.ts'
import { eventsHandler } from './events/events.ts'
import { mqttStatusHandler, removeMqttHandler, setMqttHandler } from './mqtt-config.ts'
import {
  ensureUserHandler,
  ownedDevicesHandler,
  pairingHandler,
  pairingOfHandler,
  registerHandler,
  releaseHandler,
} from './pairing.ts'
import { configureHandler, scanHandler } from './scan.ts'
import { configHandler, healthHandler, rootHandler, statsHandler } from './server-facts.ts'
import type { ControlServices } from './services.ts'

/** Every endpoint of the control listener (section 9). */
export function controlRoutes(services: ControlServices): Route[] {
  return [
    { method: 'GET', pattern: '/', handler: rootHandler() },
    { method: 'GET', pattern: '/health', handler: healthHandler(services) },
    { method: 'GET', pattern: '/status', handler: statusHandler(services) },
    { method: 'POST', pattern: '/command', handler: commandHandler(services) },
    { method: 'POST', pattern: '/notify-device', handler: notifyHandler(services) },
    { method: 'GET', pattern: '/api/devices', handler: devicesHandler(services) },
    { method: 'DELETE', pattern: '/api/device', handler: deleteDeviceHandler(services) },
    { method: 'GET', pattern: '/api/schedule', handler: scheduleHandler(services) },
    { method: 'GET', pattern: '/api/changes', handler: changesHandler(services) },
    { method: 'GET', pattern: '/api/changes/:id', handler: changeHandler(services) },
    { method: 'GET', pattern: '/api/events', handler: eventsHandler(services) },
    { method: 'GET', pattern: '/api/stats', handler: statsHandler(services) },
    { method: 'GET', pattern: '/api/config', handler: configHandler(services) },
    { method: 'GET', pattern: '/api/mqtt-config', handler: mqttStatusHandler(services) },
    { method: 'POST', pattern: '/api/mqtt-config', handler: setMqttHandler(services) },
    { method: 'DELETE', pattern: '/api/mqtt-config', handler: removeMqttHandler(services) },
    { method: 'POST', pattern: '/api/register', handler: registerHandler(services) },
    { method: 'POST', pattern: '/api/scan-network', handler: scanHandler(services) },
    { method: 'POST', pattern: '/api/configure-nest', handler: configureHandler(services) },
    { method: 'GET', pattern: '/api/pairing', handler: pairingHandler(services) },
    { method: 'GET', pattern: '/api/pairing/:serial', handler: pairingOfHandler(services) },
    { method: 'POST', pattern: '/api/ensure-user', handler: ensureUserHandler(services) },
    { method: 'GET', pattern: '/api/registered-devices', handler: ownedDevicesHandler(services) },
    {
      method: 'DELETE',
      pattern: '/api/registered-devices/:serial',
      handler: releaseHandler(services),
    },
    {
      method: 'POST',
      pattern: '/api/dismiss-pairing/:serial',
      handler: dismissPairingHandler(services),
    },
    { method: 'POST', pattern: '/api/repin/:serial', handler: repinHandler(services) },
  ]
}
