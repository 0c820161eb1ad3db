import type { Core } from '../core/core.ts'
import { type Handler, ok } from '../http/reply.ts'
import type { DeviceServices } from './device-services.ts'

/** `GET /nest/ping`, and the transport URL, which entry names as the ping URL (`E1`). */
export function pingHandler({ clock }: Core): Handler {
  return () => ok({ status: 'ok', timestamp: Math.floor(clock.now().wallMs) })
}

/** `GET /info`, which the firmware installer reads (section 8). */
export function infoHandler(services: DeviceServices): Handler {
  return ({ raw }) => {
    const origin = services.origins.of(raw)
    const url = new URL(origin)
    return ok({
      server: 'nolongerevil',
      version: services.version,
      api_origin: origin,
      cloudregisterurl: `${origin}/entry`,
      ip: url.hostname,
      // URL drops the default port of the scheme.
      port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)),
      ssl: url.protocol === 'https:',
      require_device_pairing: services.requireDevicePairing,
      entry_key_ttl_seconds: services.core.settings.entryKeyTtlS,
    })
  }
}

/** `GET /nest/pro_info/{code}`: the installer that the thermostat's settings screen shows. */
export function proInfoHandler(): Handler {
  return ({ params }) =>
    ok({
      id: 1,
      pro_id: params.code?.slice(0, 64) ?? '',
      dba: 'nle',
      company_name: 'nle',
      locality: '',
      website: '',
      phone: '',
      email: '',
      rating: 0,
    })
}
