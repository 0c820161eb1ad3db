import { type Handler, ok } from '../http/reply.ts'
import type { ControlServices } from './routes.ts'

/** `GET /api/stats`: how many thermostats there are, and which of them are on the line. */
export function statsHandler({ core }: ControlServices): Handler {
  return () => {
    const { store, contacts, hub } = core
    const devices = store.devices.all()
    const availability = Object.fromEntries(
      devices.map(({ serial, lastSeenAtMs }) => [
        serial,
        {
          is_available: contacts.isAvailable(serial),
          last_seen: new Date(contacts.lastSeenMs(serial) ?? lastSeenAtMs).toISOString(),
        },
      ]),
    )
    const totals = hub.totals()
    return ok({
      devices: {
        total: devices.length,
        available: Object.values(availability).filter((each) => each.is_available).length,
        serials: devices.map(({ serial }) => serial),
      },
      subscriptions: {
        total_subscriptions: totals.subscriptions,
        devices_with_subscriptions: totals.devices,
      },
      availability,
    })
  }
}

/** `GET /api/config`: what a person has to enter where. No secrets. */
export function configHandler(services: ControlServices): Handler {
  return ({ raw }) => {
    const origin = services.originFor(raw.socket.localAddress)
    return ok({
      api_origin: origin,
      cloudregisterurl: `${origin}/entry`,
      require_device_pairing: services.requireDevicePairing,
      entry_key_ttl_seconds: services.core.settings.entryKeyTtlS,
    })
  }
}
