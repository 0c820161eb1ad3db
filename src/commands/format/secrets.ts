import { isObject, type JsonObject, type JsonValue } from '../../protocol/bucket.ts'

/** Shown in place of a secret. */
export const MASK = '(hidden)'

/** Fields whose values open something: passwords, keys and tokens, hashes of a PIN. */
const SECRET =
  /pass(word|wd|phrase)|secret|token|credential|private|(api|wifi|encryption|local|shared)_?key|psk|pin_?(hash|code)|^pin$/i

/** A bucket's value with everything that looks like a secret hidden (`I5`). */
export function masked(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([field, each]) => [
      field,
      SECRET.test(field) && isSecretValue(each) ? MASK : maskedValue(each),
    ]),
  )
}

/** Whether `masked` has hidden anything. */
export function hasMask(value: JsonValue): boolean {
  if (value === MASK) return true
  return typeof value === 'object' && value !== null && Object.values(value).some(hasMask)
}

function maskedValue(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(maskedValue)
  return isObject(value) ? masked(value) : value
}

/** Flags such as `has_password: false` and empty fields reveal nothing. */
function isSecretValue(value: JsonValue): boolean {
  return typeof value !== 'boolean' && value !== null && value !== ''
}
