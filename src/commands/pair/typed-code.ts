import { NleError } from '../../errors.ts'
import { codeFault, EXAMPLE_CODE } from '../../protocol/pairing/code-fault.ts'
import { displayCode, ENTRY_KEY_LENGTH } from '../../protocol/pairing/entry-key.ts'

/** What is wrong with a typed code and how to type it right; undefined when nothing is. */
export function codeProblem(typed: string): string | undefined {
  const found = codeFault(typed)
  switch (found?.fault) {
    case undefined:
      return undefined
    case 'empty':
      return `Type the code the thermostat shows, such as ${EXAMPLE_CODE}.`
    case 'signs': {
      const signs = found.signs.map((sign) => `"${sign}"`).join(' and ')
      return `${signs} cannot be in a code: there are only letters and digits, as in ${EXAMPLE_CODE}.`
    }
    case 'short':
      return `That is too short: ${found.length} of ${ENTRY_KEY_LENGTH} characters.`
    case 'long':
      return `That is too long: ${found.length} characters, and a code has ${ENTRY_KEY_LENGTH}.`
    case 'dash':
      return `The dash belongs after the third character, as in ${EXAMPLE_CODE}; or leave it out.`
  }
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
