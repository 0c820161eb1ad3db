import { isJsonObject, type WireObject } from '../../json.ts'

/** The version of a bucket as a receipt or a list names it. */
export interface Marks {
  readonly revision: number
  readonly timestamp: number
}

/** A bucket of a nested document; `marks` is undefined when one of the two is missing or no number. */
export interface NestedBucket {
  readonly key: string
  readonly marks: Marks | undefined
  /** The names of its other fields. */
  readonly others: readonly string[]
}

/** The buckets of `{"shared":{"SERIAL":{"$version":5,"$timestamp":1707…}}}` (V3, V4). */
export function readNested(document: WireObject): NestedBucket[] {
  return Object.entries(document).flatMap(([type, byId]) =>
    Object.entries(isJsonObject(byId) ? byId : {}).map(([id, fields]) =>
      readBucket(`${type}.${id}`, isJsonObject(fields) ? fields : {}),
    ),
  )
}

function readBucket(key: string, fields: WireObject): NestedBucket {
  const { $version: version, $timestamp: timestamp, ...others } = fields
  const complete = isCount(version) && isCount(timestamp)
  const marks = complete ? { revision: version, timestamp } : undefined
  return { key, marks, others: Object.keys(others) }
}

/** Nests fields by type and id (V2). */
export function nest(entries: readonly (readonly [key: string, fields: WireObject])[]): WireObject {
  const document: Record<string, WireObject> = {}
  for (const [key, fields] of entries) {
    const [type = '', ...id] = key.split('.')
    document[type] = { ...document[type], [id.join('.')]: fields }
  }
  return document
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
