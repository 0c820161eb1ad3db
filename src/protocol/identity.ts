/** The parts of a request that can name the device; header names in lower case, as node gives them. */
export interface Identification {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The query parameter `serial`, on the few paths where it counts. */
  readonly querySerial?: string | undefined
}

const SERIAL = /^[A-Z0-9]{10,32}$/
// Some firmware builds name themselves by their MAC address on some paths (`I3`).
const MAC_ADDRESS = /^[0-9A-F]{12}$/

/** A serial in its canonical form; undefined for any other text (`I3`). */
export function toSerial(text: string | undefined): string | undefined {
  const serial = text?.trim().toUpperCase()
  if (serial === undefined || !SERIAL.test(serial) || MAC_ADDRESS.test(serial)) return undefined
  return serial
}

/** The serial inside a user id such as `d.SERIAL.SUFFIX`, `nest.SERIAL` or `SERIAL` (`I2`). */
export function serialOfUserId(userId = ''): string | undefined {
  const segments = userId.split('.')
  return toSerial(segments.length === 1 ? segments[0] : segments[1])
}

/**
 * Whether a text can be the user id of an owner (`P10`): 1 to 64 characters of any script, blanks included,
 * but no control characters and no half of a surrogate pair.
 */
export function isUserId(text: string): boolean {
  return /^[^\p{Cc}\p{Cs}]{1,64}$/u.test(text)
}

/** What a message says of a text that is no user id. */
export const USER_ID_RULE = '1 to 64 characters, without control characters'

/** User id and password of an `Authorization: Basic` header; undefined for any other header. */
export function basicCredentials(
  header: string | undefined,
): { userId: string; password: string } | undefined {
  const encoded = /^basic\s+([A-Za-z0-9+/=_-]+)\s*$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return undefined
  let decoded: string
  try {
    decoded = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'))
  } catch {
    return undefined
  }
  const colon = decoded.indexOf(':')
  return colon < 0
    ? { userId: decoded, password: '' }
    : { userId: decoded.slice(0, colon), password: decoded.slice(colon + 1) }
}

/**
 * The serial of the thermostat that sent a request (`I1`): the first place that holds a valid one,
 * or undefined. The password is never looked at (`I4`).
 */
export function identify({ headers, querySerial }: Identification): string | undefined {
  const header = (name: string): string | undefined => {
    const value = headers[name]
    return Array.isArray(value) ? value[0] : value
  }
  return (
    serialOfUserId(basicCredentials(header('authorization'))?.userId) ??
    serialOfUserId(header('x-nl-client-id')) ??
    toSerial(header('x-nl-device-id')) ??
    toSerial(header('x-nl-device-serial')) ??
    toSerial(querySerial)
  )
}
