import type { Commands } from '../commands.ts'
import type { Core } from '../core.ts'
import type { Route } from '../http/router.ts'
import type { MqttIntegration } from '../mqtt/integration.ts'
import type { Pairing } from '../pairing.ts'
import type { Removal } from '../removal.ts'
import type { SettingsPages } from '../settings-page.ts'
import { changeHandler, changesHandler } from './changes.ts'
import { commandHandler, notifyHandler } from './command.ts'
import { deleteDeviceHandler, dismissPairingHandler } from './device.ts'
import { devicesHandler, statusHandler } from './devices.ts'
import type { EventStreams } from './event-streams.ts'
import { eventsHandler } from './events.ts'
import { healthHandler } from './health.ts'
import { mqttStatusHandler, removeMqttHandler, setMqttHandler } from './mqtt-config.ts'
import { ensureUserHandler, ownedDevicesHandler, releaseHandler } from './owned-devices.ts'
import { pairingHandler, pairingOfHandler } from './pairing.ts'
import { registerHandler } from './register.ts'
import { repinHandler } from './repin.ts'
import { rootHandler } from './root.ts'
import { configureHandler, scanHandler } from './scan.ts'

import { scheduleHandler } from './schedule.ts'
import { configHandler, statsHandler } from './server-facts.ts'

/** What the endpoints of the control listener work with. */
export interface ControlServices {
  readonly core: Core
  readonly pairing: Pairing
  readonly commands: Commands
  readonly mqtt: MqttIntegration
  readonly removal: Removal
  readonly streams: EventStreams
  readonly requireDevicePairing: boolean
  readonly version: string
  /** The way to thermostats' own settings; their server is the origin of this moment. */
  settingsPages(): SettingsPages
  /** The origin that thermostats are told, as seen from this local address (`E4`). */
  originFor(localAddress: string | undefined): string
}

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
