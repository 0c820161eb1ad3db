import { NleError } from './errors.ts'

/** Parsers of settings. Each throws NleError `invalid` with a message that names the allowed values. */

export interface Parser<T> {
  (text: string): T
  /** What the value may be, where it is one of a few words. */
  readonly words?: readonly string[]
}

/** A whole number within bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= min && value <= max)) {
      throw new NleError('invalid', `it has to be a whole number from ${min} to ${max}.`)
    }
    return value
  }
}

/** One of a few words, in any case. */
export function oneOf<const T extends string>(...allowed: readonly T[]): Parser<T> {
  const parse = (text: string): T => {
    const found = allowed.find((each) => each === text.toLowerCase())
    if (found === undefined) throw new NleError('invalid', `it has to be ${allowed.join(' or ')}.`)
    return found
  }
  return Object.assign(parse, { words: allowed })
}

/** A host name or address to listen on. */
export function parseHost(text: string): string {
  if (!/^[0-9A-Za-z.:_-]+$/.test(text)) {
    throw new NleError('invalid', 'it has to be an address of this machine, such as 0.0.0.0.')
  }
  return text
}

/** An origin as browsers send it. */
export function parseWebOrigin(text: string): string {
  // The origin of any other scheme is "null", which every sandboxed page claims to be.
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new NleError('invalid', `${text} is not a web origin such as http://192.168.1.5.`)
  }
  return new URL(text).origin
}

/** Several of a kind, separated by commas. */
export function listOf<T>(parse: (text: string) => T): (text: string) => readonly T[] {
  return (text) =>
    text
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '')
      .map(parse)
}

/** Yes or no, in the words the existing self-hosted server takes. */
export function yesOrNo(text: string): boolean {
  const word = text.toLowerCase()
  if (['true', '1', 'yes', 'y', 'on', 't'].includes(word)) return true
  if (['false', '0', 'no', 'n', 'off', 'f'].includes(word)) return false
  throw new NleError('invalid', 'it has to be true or false.')
}

/** An http or https URL. */
export function parseUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
  throw new NleError('invalid', 'it has to be an http or https URL.')
}
