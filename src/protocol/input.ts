import { isObject, type JsonObject, type JsonValue } from './bucket.ts'

/** Reads values that callers send, and repeats them in messages. No method of a value is called. */

/**
 * A number, or one written as text: Home Assistant's templates and shell scripts quote what they send,
 * and the existing server takes it. Undefined for anything else.
 */
export function numberIn(value: unknown): number | undefined {
  const text = typeof value === 'string' ? value.trim() : ''
  const number = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** A word in lower case; undefined when the value is no text. */
export function wordIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value.trim().toLowerCase() : undefined
}

/** The value that a JSON text stands for; undefined when it is no JSON. */
export function jsonIn(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
}

/** The same for an object; undefined for any other JSON, too. */
export function jsonObjectIn(text: string): JsonObject | undefined {
  const value = jsonIn(text)
  return isObject(value) ? value : undefined
}

/** What was sent, as JSON short enough for a message. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value as JsonValue) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

/** A name that was sent, without quotes and short enough for a message or a log line. */
export function shortName(value: unknown, maxLength: number): string {
  if (typeof value === 'string') return value.slice(0, maxLength)
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'a list' : 'an object'
  return String(value)
}

/**
 * Characters that must not reach a terminal or a log: control characters (an escape sequence can rewrite
 * earlier output), and marks that reverse text or are invisible.
 */
export const UNPRINTABLE =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu

/** JSON text that is safe on a terminal and still the same JSON. Line breaks stay. */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE, (sign) =>
    sign === '\n' ? sign : `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}
