import type { BucketVersion, JsonObject, JsonValue } from '../bucket.ts'
import { isObject } from '../bucket.ts'
import { overlay } from '../delivery/change.ts'
import { isSecretField } from '../secrets.ts'
import { openChanges, type ThermostatState } from '../thermostat/state.ts'
import type { DeviceView } from '../view/device-view.ts'
import { isAway, isEco } from '../view/eco-state.ts'
import { leftMs } from '../view/time-left.ts'
import { viewOf } from '../view/view-of.ts'

/** A bucket as the hosted service's API v1 shows it. */
export interface HostedBucket {
  readonly object_revision: number
  readonly object_timestamp: number
  readonly value: JsonObject
}

/** The buckets that its clients read; the others have nothing for them. */
const SHOWN = /^(shared|device|structure|user|schedule)\./

/**
 * The buckets of a thermostat, with what is on its way to it (`D7`) and without secrets (`I5`).
 *
 * @param nowMs - wall clock
 */
export function hostedState(
  state: ThermostatState,
  nowMs: number,
): Readonly<Record<string, HostedBucket>> {
  const changes = openChanges(state)
  const added = addedFields(viewOf(state, nowMs))
  const shown = [...state.buckets].filter(([key]) => SHOWN.test(key))
  return Object.fromEntries(
    shown.map(([key, bucket]) => [
      key,
      {
        ...hostedVersion(bucket),
        value: { ...open(overlay(key, bucket.value, changes, nowMs)), ...added[key] },
      },
    ]),
  )
}

/** What its clients read and no thermostat reports: the hosted service adds these fields as well. */
function addedFields(view: DeviceView | undefined): Readonly<Record<string, JsonObject>> {
  if (view === undefined) return {}
  const { serial, shared, device, structureKey, nowMs } = view
  const isOut = isAway(view)
  return {
    [`shared.${serial}`]: {
      // 2 is away.
      auto_away: isOut ? 2 : (shared.auto_away ?? 0),
      fan_mode: leftMs(device.fan_timer_timeout, nowMs) > 0 ? 'on' : 'auto',
    },
    [`device.${serial}`]: {
      eco_mode_enabled: isEco(view),
      temperature_lock_enabled: device.temperature_lock === true,
    },
    [structureKey]: { away: isOut },
  }
}

function hostedVersion({ revision, timestamp }: BucketVersion) {
  return { object_revision: revision, object_timestamp: timestamp }
}

/** An object without the fields that are secrets, however deep inside. */
function open(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([field, each]) => !isSecretField(field, each))
      .map(([field, each]) => [field, openValue(each)]),
  )
}

function openValue(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(openValue)
  return isObject(value) ? open(value) : value
}
