import { displayWidth } from './printable.ts'

/**
 * Breaks text for people into lines of a terminal, between words: a word that is longer than a line,
 * such as an address to copy, stays whole. Colours take no room.
 *
 * @param columns - infinite where there is no terminal: then the text stays as it is
 * @param hang - columns that further lines are indented by; undefined: as the line itself
 */
export function wrap(text: string, columns: number, hang?: number): string {
  if (!Number.isFinite(columns)) return text
  return text
    .split('\n')
    .map((line) => wrapLine(line, columns, hang))
    .join('\n')
}

function wrapLine(line: string, columns: number, hang: number | undefined): string {
  if (displayWidth(line) <= columns) return line
  const own = /^ */.exec(line)?.[0].length ?? 0
  // On a very narrow terminal the words need the room more.
  const indent = ' '.repeat(Math.min(hang ?? own, Math.floor(columns / 3)))
  let wrapped = ''
  let width = 0
  for (const [, gap = '', word = ''] of line.matchAll(/( *)([^ ]+)/g)) {
    const needed = gap.length + displayWidth(word)
    if (width > 0 && width + needed > columns) {
      wrapped += `\n${indent}${word}`
      width = indent.length + displayWidth(word)
    } else {
      wrapped += gap + word
      width += needed
    }
  }
  return wrapped
}
