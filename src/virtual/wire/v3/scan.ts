/** What the scanner of firmware 4.x makes of a JSON text. */
export interface Scanned {
  /** The text as the scanner understands it: blanks between tokens have become part of names. */
  readonly text: string
  /** How many blanks and newlines it found between tokens. */
  readonly blanks: number
}

const BLANK = /\s/

/**
 * Reads a JSON text as the scanner of transport v3 does (V1): it takes what follows `{`, `,` or `:`
 * literally. A blank after `{` or `,` becomes the start of the next name, and a blank after `:` the end of
 * the name before it. Blanks elsewhere between tokens are counted and do no harm.
 */
export function scan(json: string): Scanned {
  let text = ''
  let blanks = 0
  /** Blanks that belong to the next string. */
  let pending = ''
  /** The last character outside of strings that was no blank. */
  let before = ''
  /** Where the last string ends in `text`. */
  let lastQuote = 0
  for (let i = 0; i < json.length; i++) {
    const letter = json.charAt(i)
    if (BLANK.test(letter)) {
      blanks++
      const escaped = JSON.stringify(letter).slice(1, -1)
      if (before === '{' || before === ',') pending += escaped
      else if (before === ':') {
        text = text.slice(0, lastQuote) + escaped + text.slice(lastQuote)
        lastQuote += escaped.length
      }
      continue
    }
    before = letter
    if (letter !== '"') {
      pending = ''
      text += letter
      continue
    }
    const end = endOfString(json, i)
    text += `"${pending}${json.slice(i + 1, end + 1)}`
    pending = ''
    lastQuote = text.length - 1
    i = end
  }
  return { text, blanks }
}

/** The index of the quote that ends the string which starts at `start`, or the end of the text. */
function endOfString(json: string, start: number): number {
  for (let i = start + 1; i < json.length; i++) {
    if (json.charAt(i) === '\\') i++
    else if (json.charAt(i) === '"') return i
  }
  return json.length
}
