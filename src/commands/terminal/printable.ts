import truncatedWidth from 'fast-string-truncated-width'
import { UNPRINTABLE } from '../../protocol/input.ts'

/** Text from a thermostat or a server as one safe line: unprintable characters become `?`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '?')
}

/** A word of a command line to type: in quotes when it needs them. */
export function shellWord(text: string): string {
  const shown = printable(text)
  return /^[\p{L}\p{N}_./,:@%+=-]+$/u.test(shown)
    ? shown
    : `"${shown.replaceAll(/["\\$`]/g, '\\$&')}"`
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
