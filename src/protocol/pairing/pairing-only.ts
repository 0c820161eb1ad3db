import { typeOf } from '../bucket.ts'
import type { SubscribeRequest } from '../transport/subscribe-request.ts'

/**
 * What a thermostat may do while only paired ones are served: everything, what it takes to be
 * paired, or no more than ask for its entry and its code.
 */
export type Access = 'full' | 'pairing' | 'none'

/** The access of a thermostat. */
export function accessFor(
  requiresPairing: boolean,
  thermostat: { readonly isOwned: boolean; readonly hasOpenKey: boolean },
): Access {
  if (!requiresPairing || thermostat.isOwned) return 'full'
  return thermostat.hasOpenKey ? 'pairing' : 'none'
}

const PAIRING_TYPES: ReadonlySet<string> = new Set(['user', 'structure', 'device_alert_dialog'])

/**
 * The part of a subscribe that pairing needs: nothing the thermostat says of itself is taken, and it
 * is not asked for anything.
 */
export function pairingOnly(request: SubscribeRequest): SubscribeRequest {
  return {
    ...request,
    objects: request.objects
      .filter(
        ({ objectKey, timestamp }) =>
          PAIRING_TYPES.has(typeOf(objectKey)) &&
          (timestamp > 0 || typeOf(objectKey) !== 'structure'),
      )
      .map(({ objectKey, revision, timestamp }) => ({ objectKey, revision, timestamp })),
  }
}
