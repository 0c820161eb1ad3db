import { NleError } from '../../errors.ts'
import { displayCode, ENTRY_KEY_LENGTH, normalizeCode } from '../../protocol/pairing/entry-key.ts'

/** An example of a code, for messages. */
const EXAMPLE = 'A3X-R7M2'

/**
 * A code as a person types it: any case, with or without the dash, blanks anywhere. Undefined when it
 * cannot be one; `codeProblem` says why.
 */
export function readCode(typed: string): string | undefined {
  return normalizeCode(tidy(typed))
}

/** What is wrong with a typed code and how to type it right; undefined when nothing is. */
export function codeProblem(typed: string): string | undefined {
  const text = tidy(typed)
  if (readCode(typed) !== undefined) return undefined
  if (text === '') return `Type the code the thermostat shows, such as ${EXAMPLE}.`
  const wrong = [...new Set(text.replaceAll('-', ''))].filter((sign) => !/[A-Z0-9]/.test(sign))
  if (wrong.length > 0) {
    const signs = wrong.slice(0, 5).map((sign) => `"${sign}"`)
    return `${signs.join(' and ')} cannot be in a code: there are only letters and digits, as in ${EXAMPLE}.`
  }
  const { length } = text.replaceAll('-', '')
  if (length < ENTRY_KEY_LENGTH) {
    return `That is too short: ${length} of ${ENTRY_KEY_LENGTH} characters.`
  }
  if (length > ENTRY_KEY_LENGTH) {
    return `That is too long: ${length} characters, and a code has ${ENTRY_KEY_LENGTH}.`
  }
  return `The dash belongs after the third character, as in ${EXAMPLE}; or leave it out.`
}

/** The error for a refused code; each reason has its own exit code. */
export function refusedCode(reason: string, code: string): NleError {
  const known = reason === 'expired' || reason === 'claimed' ? reason : 'not_found'
  const details = { reason, entry_code: code }
  return new NleError(known, REFUSALS[known](displayCode(code)), { details })
}

const REFUSALS = {
  expired: (code: string) =>
    `The time of ${code} is over. The thermostat gets a new code when its screen is opened again: ` +
    'Settings, Nest App, Get Entry Code.',
  claimed: (code: string) =>
    `${code} has been used already, and a code works once. "nle devices" lists what is paired; to ` +
    'pair the thermostat again, get a new code on its screen.',
  not_found: (code: string) => `No thermostat shows the code ${code}. Compare it with the screen.`,
}

function tidy(typed: string): string {
  return typed
    .replace(/\s+/g, '')
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .toUpperCase()
}
