import { NleError } from '../../errors.ts'
import { quoted, UNPRINTABLE } from '../input.ts'
import { type CommandDefinition, change } from './command-definition.ts'

const MAX_NAME_LENGTH = 64

/** Stands for every thermostat on the command line, so no single one may have it as its name. */
export const EVERY_THERMOSTAT = 'all'

/** @throws NleError `invalid` */
function nameIn(value: unknown): string {
  if (typeof value !== 'string') {
    throw new NleError('invalid', `name must be ${setName.describe}, not ${quoted(value)}`)
  }
  const name = value.trim()
  if (name.length > MAX_NAME_LENGTH) {
    throw new NleError(
      'invalid',
      `name must have at most ${MAX_NAME_LENGTH} characters, not ${name.length}`,
    )
  }
  if (name.search(UNPRINTABLE) >= 0) {
    throw new NleError('invalid', 'name must not have control characters or invisible ones')
  }
  if (name.toLowerCase() === EVERY_THERMOSTAT) {
    throw new NleError(
      'invalid',
      `name cannot be "${EVERY_THERMOSTAT}", which stands for every thermostat: choose another`,
    )
  }
  return name
}

/**
 * The name is kept here, because thermostats report a name of their own in several fields, and `shared.name`
 * alone may not be the one that people see.
 */
export const setName: CommandDefinition = {
  describe: `text of at most ${MAX_NAME_LENGTH} characters; empty takes the name back`,
  plan(value, { serial, shared, givenName }) {
    const name = nameIn(value)
    const reported = typeof shared.name === 'string' ? shared.name : ''
    if (name === '') {
      if (givenName === null) {
        throw new NleError('invalid', 'name: no name was given here that could be taken back')
      }
      const fields = { name: givenName.former }
      return { changes: [change('setting', `shared.${serial}`, fields)], givenName: null }
    }
    const former = givenName === null ? reported : givenName.former
    return {
      changes: [change('setting', `shared.${serial}`, { name })],
      givenName: { name, former },
    }
  },
}
