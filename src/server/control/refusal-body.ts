import type { NleError } from '../../errors.ts'
import { isObject } from '../../protocol/bucket.ts'

/** The body of a refusal. Clients of the existing server look at `message` or at `error`. */
export function refusalBody(message: string, { details }: NleError): unknown {
  const key = details.thermostatKeyNeeded === true ? { auth_required: true } : {}
  const hosted = isObject(details.hosted) ? details.hosted : {}
  return { success: false, ...key, message, error: message, ...hosted }
}
