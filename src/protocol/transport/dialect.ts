import type { BucketVersion, JsonObject } from '../bucket.ts'
import { type PutRequest, parsePut } from './put-request.ts'
import { parseSubscribe, type SubscribeRequest } from './subscribe-request.ts'
import { nestedVersions } from './v3/nested-versions.ts'
import { parseNestedPut } from './v3/parse-nested-put.ts'
import { parsePoll } from './v3/parse-poll.ts'
import { versionObjects } from './wire.ts'

/** The form of bodies in one version of the transport. The path alone decides which one (section 11). */
export interface Dialect {
  /** Undefined for a body that is no subscribe. */
  parseSubscribe(body: unknown, serial: string): SubscribeRequest | undefined
  /** Undefined for a body that is no put. */
  parsePut(body: unknown, serial: string): PutRequest | undefined
  /** Receipts and listings: versions without values (`U5`, `V3`). */
  versions(buckets: readonly (BucketVersion & { readonly objectKey: string })[]): JsonObject
}

/** The form of sections 4 and 5, also for unknown versions (`V11`). */
export const V7: Dialect = { parseSubscribe, parsePut, versions: versionObjects }

/** The form of section 11, of second-generation thermostats with firmware 4.x. */
export const V3: Dialect = {
  parseSubscribe: parsePoll,
  parsePut: parseNestedPut,
  versions: nestedVersions,
}
