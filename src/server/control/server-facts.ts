import { type Handler, ok } from '../http/reply.ts'
import type { ControlServices } from './services.ts'

/** `GET /api/stats`: how many thermostats there are, and which of them are on the line. */
export function statsHandler({ core }: ControlServices): Handler {
  return async () => {
    const { store, presence, subscriptions } = core
    const devices = await store.thermostats()
    const availability = Object.fromEntries(
      devices.map(({ serial, device }) => [
        serial,
        {
          is_available: presence.isAvailable(serial),
          last_seen: new Date(presence.lastSeenMs(serial) ?? device.lastSeenAtMs).toISOString(),
        },
      ]),
    )
    const totals = subscriptions.totals()
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

/** `GET /`: where somebody has come to who opens the port in a browser. The same for everybody. */
export function rootHandler(): Handler {
  return () =>
    ok({
      server: 'nle',
      message:
        'This is the control API of nle, for programs; docs/api.md says what it can do. GET /health tells whether it is well, GET /api/devices lists the thermostats.',
    })
}

/**
 * `GET /health`: alive, and who answers (the command line looks for `server`). With a database in
 * trouble it is degraded, and answers 200 all the same: what watches for the status starts a server
 * anew when it is another one, which would cost the held connections and mend nothing.
 */
export function healthHandler({ core, version }: ControlServices): Handler {
  return async () => {
    await core.health.look()
    const { trouble } = core.health
    if (trouble === undefined) return ok({ status: 'ok', server: 'nle', version })
    const { kind, reason, sinceMs } = trouble
    const since = new Date(sinceMs).toISOString()
    return ok({ status: 'degraded', server: 'nle', version, trouble: kind, reason, since })
  }
}
