import { readdirSync, readFileSync } from 'node:fs'
import type { Bucket, JsonObject } from '../../src/protocol/bucket.ts'

/**
 * What thermostats of several kinds upload after a boot, by kind and firmware. Serials, addresses and
 * postal codes are invented.
 */
export interface Upload {
  readonly name: string
  readonly about: string
  readonly serial: string
  readonly buckets: readonly Bucket[]
  readonly shared: JsonObject
  readonly device: JsonObject
  readonly schedule: JsonObject
}

interface Recorded {
  readonly about: string
  readonly serial: string
  readonly objects: readonly {
    readonly object_key: string
    readonly object_revision: number
    readonly object_timestamp: number
    readonly value: JsonObject
  }[]
}

const FOLDER = new URL('../fixtures/uploads/', import.meta.url)

/** @param name - of a file in test/fixtures/uploads, without its ending */
export function upload(name: string): Upload {
  const text = readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')
  const { about, serial, objects } = JSON.parse(text) as Recorded
  const buckets = objects.map(({ object_key, object_revision, object_timestamp, value }) => ({
    objectKey: object_key,
    revision: object_revision,
    timestamp: object_timestamp,
    value,
  }))
  const own = (type: string): JsonObject => {
    const found = buckets.find(({ objectKey }) => objectKey === `${type}.${serial}`)
    if (found === undefined) throw new Error(`${name} has no ${type}`)
    return found.value
  }
  return {
    name,
    about,
    serial,
    buckets,
    shared: own('shared'),
    device: own('device'),
    schedule: own('schedule'),
  }
}

/** Every recorded upload. */
export function uploads(): Upload[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => upload(file.replace('.json', '')))
}

/** Whether its firmware speaks transport v3. */
export function speaksV3({ device }: Upload): boolean {
  return String(device.current_version).startsWith('4.')
}

/** The upload as the body of a put of transport v3 (`V1`, `V2`). */
export function nestedBody({ buckets }: Upload): string {
  const nested: Record<string, JsonObject> = {}
  for (const { objectKey, revision, timestamp, value } of buckets) {
    const [type = '', id = ''] = objectKey.split('.')
    nested[type] = {
      ...nested[type],
      [id]: { ...value, $version: revision, $timestamp: timestamp },
    }
  }
  return JSON.stringify(nested)
}

/** The upload as the body of a put of transport v7 (`U1`). */
export function listedBody({ buckets }: Upload): JsonObject {
  return {
    session: 'session',
    objects: buckets.map(({ objectKey, revision, value }) => ({
      object_key: objectKey,
      base_object_revision: revision,
      value,
    })),
  }
}
