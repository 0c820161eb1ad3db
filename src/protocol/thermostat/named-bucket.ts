import { NleError } from '../../errors.ts'
import { type Bucket, type JsonObject, sameValue, typeOf } from '../bucket.ts'
import { UNPRINTABLE } from '../input.ts'
import { withoutSecrets } from '../secrets.ts'
import type { ThermostatState } from './state.ts'

/**
 * A bucket by its object key, in any case, or by its type where there is one of that type.
 *
 * @throws NleError `not_found`, or `invalid` when several fit
 */
export function namedBucket({ serial, buckets }: ThermostatState, asked: string): Bucket {
  const keys = [...buckets.keys()]
  const text = asked.toLowerCase()
  const exact = keys.filter((key) => key.toLowerCase() === text)
  const found = exact.length > 0 ? exact : keys.filter((key) => typeOf(key) === text)
  const bucket = found.length === 1 ? buckets.get(found[0] ?? '') : undefined
  if (bucket !== undefined) return bucket
  const shown = shortly(asked)
  throw new NleError(
    found.length > 1 ? 'invalid' : 'not_found',
    found.length > 1
      ? `"${shown}" could be ${found.map(shortly).join(', ')}.`
      : `${serial} has no bucket "${shown}". It has ${keys.map(shortly).join(', ') || 'none'}.`,
  )
}

/** The longest key of a bucket that a message names. */
const MAX_LENGTH = 128

function shortly(key: string): string {
  return key.slice(0, MAX_LENGTH).replace(UNPRINTABLE, '?')
}

/** A bucket in the words of the control API; without `reveal` its secrets are hidden (`I5`). */
export function shownBucket(serial: string, bucket: Bucket, reveal: boolean) {
  const value = (reveal ? bucket.value : withoutSecrets(bucket.value, '(hidden)')) as JsonObject
  return { ...bucketVersion({ serial, ...bucket }), value, hidden: !sameValue(value, bucket.value) }
}

/** Its key and version in the same words. */
export function bucketVersion({
  serial,
  objectKey,
  revision,
  timestamp,
}: Omit<Bucket, 'value'> & { readonly serial: string }) {
  return {
    serial,
    object_key: objectKey,
    object_revision: revision,
    object_timestamp: timestamp,
  }
}
