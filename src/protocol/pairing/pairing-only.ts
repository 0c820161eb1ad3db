import { typeOf } from '../bucket.ts'
import type { SubscribeRequest } from '../transport/subscribe-request.ts'

/**
 * What a thermostat may do while the server requires pairing: everything, what pairing needs, or only ask
 * for its entry and its code.
 */
export type Access = 'full' | 'pairing' | 'none'

export function accessFor(
  requiresPairing: boolean,
  thermostat: { readonly isOwned: boolean; readonly hasOpenKey: boolean },
): Access {
  if (!requiresPairing || thermostat.isOwned) return 'full'
  return thermostat.hasOpenKey ? 'pairing' : 'none'
}

const PAIRING_TYPES: ReadonlySet<string> = new Set(['user', 'structure', 'device_alert_dialog'])

/** The part of a subscribe that pairing needs: no value is taken, and no upload is asked for. */
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
