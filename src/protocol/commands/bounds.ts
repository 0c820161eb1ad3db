import { NleError } from '../../errors.ts'
import { isObject, type JsonObject } from '../bucket.ts'
import { quoted } from '../input.ts'
import { ordered, setpointC } from '../setpoint.ts'

/**
 * Reads `{high?,low?}` (°C) into the fields of a bucket. A bound that is given alone is compared with
 * the current value of the other one, because together they must not make a range upside down.
 *
 * @param command - named in messages
 * @param fields - of the bucket, that hold the bounds
 * @param current - the bucket now, without bounds that are switched off
 * @throws NleError `invalid`
 */
export function readBounds(
  command: string,
  value: unknown,
  fields: { readonly low: string; readonly high: string },
  current: JsonObject,
): JsonObject {
  const given = isObject(value) ? value : {}
  const unknown = Object.keys(given).find((field) => field !== 'low' && field !== 'high')
  // Some clients send null for the bound they leave alone.
  const has = (field: string): boolean => given[field] !== undefined && given[field] !== null
  if (unknown !== undefined || (!has('low') && !has('high'))) {
    throw new NleError(
      'invalid',
      `${command} takes {"low": …, "high": …} or one of them, in °C, not ${quoted(value)}`,
    )
  }
  const low = has('low') ? setpointC('low', given.low) : undefined
  const high = has('high') ? setpointC('high', given.high) : undefined
  ordered(
    low === undefined
      ? { field: `the low of now`, value: current[fields.low] }
      : { field: 'low', value: low },
    high === undefined
      ? { field: `the high of now`, value: current[fields.high] }
      : { field: 'high', value: high },
  )
  return {
    ...(high === undefined ? {} : { [fields.high]: high }),
    ...(low === undefined ? {} : { [fields.low]: low }),
  }
}
