import type { Bucket, BucketVersion, JsonObject } from '../bucket.ts'

/** Objects in the one field order the firmware accepts (`S6`). */
function wireObject({ revision, timestamp, objectKey, value }: Bucket): JsonObject {
  return {
    object_revision: revision,
    object_timestamp: timestamp,
    object_key: objectKey,
    value,
  }
}

/** A push: one complete document, which travels as one chunk (`S5`). */
export function pushDocument(objects: readonly Bucket[]): string {
  return JSON.stringify({ objects: objects.map(wireObject) })
}

/** Receipts and listings: never a value, which would overwrite what the device has (`U5`). */
export function versionObjects(
  buckets: readonly (BucketVersion & { readonly objectKey: string })[],
): JsonObject {
  return {
    objects: buckets.map(({ revision, timestamp, objectKey }) => ({
      object_revision: revision,
      object_timestamp: timestamp,
      object_key: objectKey,
    })),
  }
}

/** Numbers that decide how a thermostat sleeps and answers, in seconds. */
export interface TransportTimes {
  readonly suspendTimeMaxS: number
  readonly deferDeviceWindowS: number
  readonly disableDeferWindowS: number
}

/**
 * Headers of every transport answer (`S2`).
 *
 * @param expectsAnswer - a temperature or mode change goes out or is waiting, so the device should
 * report back at once instead of after its defer window
 */
export function transportHeaders(
  times: TransportTimes,
  nowMs: number,
  expectsAnswer: boolean,
): Record<string, string> {
  return {
    'X-nl-suspend-time-max': String(times.suspendTimeMaxS),
    'X-nl-service-timestamp': String(Math.floor(nowMs)),
    'X-nl-defer-device-window': String(times.deferDeviceWindowS),
    ...(expectsAnswer ? { 'X-nl-disable-defer-window': String(times.disableDeferWindowS) } : {}),
  }
}

/** How long a subscription is held: ten seconds less than the device sleeps at most (`S4`). */
export function holdMs(suspendTimeMaxS: number): number {
  return Math.max(suspendTimeMaxS - 10, suspendTimeMaxS / 2) * 1000
}
