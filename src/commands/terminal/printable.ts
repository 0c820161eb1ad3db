import truncatedWidth from 'fast-string-truncated-width'

/**
 * Characters that must not reach a terminal: control characters (an escape sequence can rewrite
 * earlier output), and marks that reverse text or are invisible.
 */
const UNPRINTABLE =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/gu

/** Text from a thermostat or a server as one safe line: unprintable characters become `?`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '?')
}

/** JSON text that is safe on a terminal and still the same JSON. Line breaks stay. */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE, (sign) =>
    sign === '\n' ? sign : `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}

/** How many columns of a terminal a text takes; colours take none. */
export function displayWidth(text: string): number {
  return truncatedWidth(text).width
}

/** The text, cut to `columns` with an ellipsis when it is longer. */
export function truncate(text: string, columns: number): string {
  const { index, truncated } = truncatedWidth(text, { limit: columns, ellipsis: '…' })
  return truncated ? `${text.slice(0, index)}…` : text
}
