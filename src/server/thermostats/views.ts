import { NleError } from '../../errors.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import type { DeviceView } from '../../protocol/view/device-view.ts'
import { statusOf, viewOf } from '../../protocol/view/view-of.ts'
import type { ViewedState } from '../../protocol/view/viewed-state.ts'
import type { Core } from '../core/core.ts'

/**
 * A thermostat in `/status`, `/api/devices` and the event `status`.
 *
 * @returns undefined for a thermostat that is not on file
 */
export async function statusAnswer(core: Core, serial: string): Promise<JsonObject | undefined> {
  await core.presence.learn([serial])
  return shownStatus(core, await core.store.shown(serial))
}

/** The same of a state that is loaded already. */
export function shownStatus(core: Core, state: ViewedState): JsonObject | undefined {
  const { presence, clock, subscriptions, outdoor } = core
  const { serial } = state
  const isAvailable = presence.isAvailable(serial)
  const lastSeenMs = presence.lastSeenMs(serial)
  const { wallMs, steadyMs } = clock.now()
  const around = {
    outdoor: outdoor.of(state, steadyMs),
    localOffsetS: core.localOffsetS,
    steadyMs,
    pinsAll: core.settings.deviceAuth === 'pin',
  }
  const status = statusOf(state, { isAvailable, lastSeenMs }, wallMs, around)
  return status === undefined
    ? undefined
    : {
        ...status,
        subscription_count: subscriptions.count(serial),
        max_sleep_seconds: core.settings.suspendTimeMaxS,
      }
}

/** A whole thermostat as a reader sees it (`D7`); undefined for one that is not on file. */
export async function loadView(
  { store, clock }: Core,
  serial: string,
): Promise<DeviceView | undefined> {
  return viewOf(await store.load(serial), clock.now().wallMs)
}

export function unknownDevice(serial: string): NleError {
  return new NleError('not_found', 'Device not found', { details: { serial } })
}
