import type { Status } from '../../src/api/shapes.ts'
import { statusOf } from '../../src/protocol/view/view-of.ts'
import { upload } from '../helpers/uploads.ts'
import { bucket, DEVICE, NOW_MS, SHARED, state } from '../protocol/make.ts'

/** The status of a real thermostat that heats in °C, with what a test has otherwise. */
export function makeStatus(over: Partial<Status> = {}): Status {
  const { shared, device } = upload('display-5.9.4')
  const found = statusOf(
    state({}, bucket(SHARED, shared), bucket(DEVICE, device)),
    { isAvailable: true, lastSeenMs: NOW_MS },
    NOW_MS,
  )
  return {
    ...(found as Status),
    temperature_scale: 'C',
    mode: 'heat',
    target_temperature: 20.5,
    current_temperature: 19.4,
    hvac: off(),
    time_to_target: 0,
    subscription_count: 1,
    max_sleep_seconds: 300,
    ...over,
  }
}

/** Nothing runs, or only these. */
export function off(...running: readonly (keyof Status['hvac'])[]): Status['hvac'] {
  const { hvac } = statusOf(
    state({}, bucket(DEVICE, {})),
    { isAvailable: true, lastSeenMs: NOW_MS },
    NOW_MS,
  ) as Status
  return { ...hvac, ...Object.fromEntries(running.map((part) => [part, true])) }
}
