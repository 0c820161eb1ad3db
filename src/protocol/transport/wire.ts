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

/** A push: one complete JSON document, which goes out as one chunk (`S5`). */
export function pushDocument(objects: readonly Bucket[]): string {
  return JSON.stringify({ objects: objects.map(wireObject) })
}

/** Receipts and listings, without values: those would overwrite the data of the device (`U5`). */
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

/** How long a thermostat sleeps, and how soon it answers; seconds. */
export interface TransportTimes {
  readonly suspendTimeMaxS: number
  readonly deferDeviceWindowS: number
  readonly disableDeferWindowS: number
}

/**
 * Headers of every transport answer (`S2`).
 *
 * @param expectsAnswer - whether a temperature or mode change goes out or is queued: the device should
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

/** How long a subscription is held: ten seconds less than the longest sleep of the device (`S4`). */
export function holdMs(suspendTimeMaxS: number): number {
  return Math.max(suspendTimeMaxS - 10, suspendTimeMaxS / 2) * 1000
}
