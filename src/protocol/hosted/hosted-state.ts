import type { BucketVersion, JsonObject, JsonValue } from '../bucket.ts'
import { isObject } from '../bucket.ts'
import { overlay } from '../delivery/change.ts'
import { isSecretField } from '../secrets.ts'
import { openChanges, type ThermostatState } from '../thermostat/state.ts'

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
  const shown = [...state.buckets].filter(([key]) => SHOWN.test(key))
  return Object.fromEntries(
    shown.map(([key, bucket]) => [
      key,
      { ...hostedVersion(bucket), value: open(overlay(key, bucket.value, changes, nowMs)) },
    ]),
  )
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
