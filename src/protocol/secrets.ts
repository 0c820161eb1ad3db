import { isObject, type JsonValue } from './bucket.ts'

/** What is a secret (`I5`): never logged, recorded, published or shown, unless the operator asks. */

/** Headers that carry a password, a token or a session. */
const HEADER = /^(authorization|proxy-authorization|cookie|set-cookie|x-api-key)$/i

/** Fields whose values open something: passwords, keys, tokens, hashes of a PIN; not their URLs. */
const FIELD =
  /^(?!.*_url$).*(pass(word|wd|phrase)|secret|token|credential|private|(api|wifi|encryption|local|shared)_?key|psk|pin_?(hash|code)|^pin$)/i

/** What stands in for a secret. */
export const MASK = '********'

/** Flags such as `has_password: false` give nothing away, and neither does an empty field. */
export function isSecretField(field: string, value: JsonValue): boolean {
  return FIELD.test(field) && typeof value !== 'boolean' && value !== null && value !== ''
}

/** A value with everything masked that looks like a secret, however deep inside. */
export function withoutSecrets(value: JsonValue, mask = MASK): JsonValue {
  if (Array.isArray(value)) return value.map((each) => withoutSecrets(each, mask))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([field, each]) => [
      field,
      isSecretField(field, each) ? mask : withoutSecrets(each, mask),
    ]),
  )
}

/** Headers of a request or an answer, secret ones masked. */
export function withoutSecretHeaders<T>(
  headers: Readonly<Record<string, T>>,
): Record<string, T | string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, HEADER.test(name) ? MASK : value]),
  )
}

/** An address without the password in it: `mqtt://me:********@broker`, with or without a scheme. */
export function withoutUrlPassword(text: string): string {
  return text.replace(
    /^(?:([a-z][a-z0-9+.-]*:\/\/)([^/@:]*:)?|([^/@:]*:))[^/]*@/i,
    (_, scheme = '', user = '', bareUser = '') => `${scheme}${user}${bareUser}${MASK}@`,
  )
}
