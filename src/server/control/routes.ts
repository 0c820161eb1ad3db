import type { Commands } from '../commands.ts'
import type { Core } from '../core.ts'
import type { Route } from '../http/router.ts'
import type { Pairing } from '../pairing.ts'
import { devicesHandler, statusHandler } from './devices.ts'
import { healthHandler } from './health.ts'
import { pairingHandler, pairingOfHandler } from './pairing.ts'
import { registerHandler } from './register.ts'

/** What the endpoints of the control listener work with. */
export interface ControlServices {
  readonly core: Core
  readonly pairing: Pairing
  readonly commands: Commands
  readonly requireDevicePairing: boolean
  readonly version: string
}

/** Every endpoint of the control listener (section 9). */
export function controlRoutes(services: ControlServices): Route[] {
  return [
    { method: 'GET', pattern: '/health', handler: healthHandler(services) },
    { method: 'POST', pattern: '/api/register', handler: registerHandler(services) },
    { method: 'GET', pattern: '/api/pairing', handler: pairingHandler(services) },
    { method: 'GET', pattern: '/api/pairing/:serial', handler: pairingOfHandler(services) },
    { method: 'GET', pattern: '/api/devices', handler: devicesHandler(services) },
    { method: 'GET', pattern: '/status', handler: statusHandler(services) },
  ]
}
