import { isObject, type JsonValue } from './bucket.ts'

/** What is a secret (`I5`): never logged, recorded, published or shown, unless the operator asks. */

/** Headers that carry a password, a token or a session. */
const HEADER = /authorization|cookie|token|secret|password|credential|(^|-)(api-?)?key$/i

/**
 * Fields whose values open something: passwords, keys, tokens, codes, hashes of a PIN; not their URLs, and not the
 * keys that are names.
 */
const FIELD =
  /^(?!.*_?url$)(?!(object|structure)_?keys?$).*(pass(word|wd|phrase|code)|pwd|secret|token|credential|private|psk|pin_?(hash|code)|(access|entry|pairing)_?code|.keys?$|^pass$|^pin$|^auth$)/i
/** The same in a query or a form, where weather services and others call their keys so. */
const PARAMETER = /^(key|app_?id|app_?key|sig|signature|sid)$/i

/** What stands in for a secret. */
export const MASK = '********'

/** Flags such as `has_password: false` give nothing away, and neither does an empty field. */
export function isSecretField(field: string, value: JsonValue): boolean {
  return FIELD.test(field) && typeof value !== 'boolean' && value !== null && value !== ''
}

/** A value with everything masked that looks like a secret, however deep inside, URLs included. */
export function withoutSecrets(value: JsonValue, mask = MASK): JsonValue {
  if (typeof value === 'string') return withoutUrlSecrets(value, mask)
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
    Object.entries(headers).map(([name, value]) => [
      name,
      HEADER.test(name) ? MASK : typeof value === 'string' ? withoutUrlSecrets(value) : value,
    ]),
  )
}

/**
 * A text without the secrets of the addresses in it: `mqtt://me:********@broker`, with or without a scheme, and
 * `?appid=********`.
 */
export function withoutUrlSecrets(text: string, mask = MASK): string {
  // Most texts are no address.
  if (!text.includes('@') && !text.includes('=')) return text
  return text
    .replace(
      /^(?:([a-z][a-z0-9+.-]*:\/\/)([^/@:]*:)?|([^/@:\s]*:))[^/?#\s]*@/i,
      (_, scheme = '', user = '', bareUser = '') => `${scheme}${user}${bareUser}${mask}@`,
    )
    .replace(
      /(\b[a-z][a-z0-9+.-]{0,20}:\/\/)([^/@:\s"'<>?#]{0,256}:)?[^/\s"'<>?#]{1,512}@/gi,
      (_, scheme, user = '') => `${scheme}${user}${mask}@`,
    )
    .replace(/([?&;])([^=&;?#\s"'<>]{1,64})=([^&;#\s"'<>]+)/g, (pair, before, name, value) =>
      isSecretParameter(name, value) ? `${before}${name}=${mask}` : pair,
    )
}

/**
 * Any text, such as a form or a JSON document cut short, with the values of secret names masked: `name=value`,
 * `name: value`, `"name": "value"`.
 */
export function withoutTextSecrets(text: string): string {
  return withoutUrlSecrets(text).replace(
    /(^|[\s"'&?;,{[<])([\w.%+-]{1,64})(["']?[ \t]{0,8}[=:][ \t]{0,8})("(?:[^"\\]|\\.)*"?|'[^']*'?|(?:basic|bearer)[ \t]+\S+|[^\s&;,"'}\]<>]+)/gi,
    (pair, before, name, between, value) => {
      if (!isSecretParameter(name, value)) return pair
      const quote = value.startsWith('"') ? '"' : ''
      return `${before}${name}${between}${quote}${MASK}${quote}`
    },
  )
}

/** Whether a parameter of a query or a form is a secret; its name may be percent-encoded. */
function isSecretParameter(name: string, value: string): boolean {
  const plain = decoded(name)
  return PARAMETER.test(plain) || HEADER.test(plain) || isSecretField(plain, value)
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
