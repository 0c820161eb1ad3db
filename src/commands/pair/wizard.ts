import { NleError } from '../../errors.ts'
import type { Named } from '../client/find-device.ts'
import { duration } from '../format/units.ts'
import { MAKE_IT_UPLOAD, NOT_UPLOADED } from '../format/upload-text.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, note } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { askText } from '../terminal/prompt.ts'
import { wrap } from '../terminal/wrap.ts'
import { codeProblem, readCode } from './typed-code.ts'
import type { PairWay, WaitingThermostat } from './ways.ts'

/** Refusals after which another code may be right. */
const TRY_AGAIN: ReadonlySet<string> = new Set(['not_found', 'expired', 'claimed'])

/** More would scroll the instructions away. */
const MAX_LISTED = 10

/** Asks for the code until one is accepted. */
export async function askAndClaim(way: PairWay, userId: string, io: Io): Promise<Named> {
  for (const line of introduction(await way.waiting(), io)) note(io, line)
  const outcome = Promise.withResolvers<Named>()
  const shown = (why: string): string => wrap(why, io.errorColumns - 2, 2)
  const claim = async (typed: string): Promise<true | string> => {
    const code = readCode(typed)
    if (code === undefined) return shown(codeProblem(typed) ?? 'That is not a code.')
    try {
      outcome.resolve(await way.claim(code, userId))
    } catch (error) {
      // Then the question stays on the screen.
      if (error instanceof NleError && TRY_AGAIN.has(error.code)) return shown(error.message)
      outcome.reject(error)
    }
    return true
  }
  await askText(io, 'Code:', claim, 'Nothing was paired.')
  return outcome.promise
}

/** Where to find the code, and which thermostats show one. */
export function introduction(waiting: readonly WaitingThermostat[], io: Io): string[] {
  const chalk = chalkOf(io)
  const lines = [
    'The code is on the thermostat: press the ring, then Settings, Nest App, Get Entry Code.',
    `It looks like ${chalk.bold('A3X-R7M2')} and works for about an hour.`,
    '',
  ]
  if (waiting.length === 0) {
    return [
      ...lines,
      chalk.yellow('No thermostat shows a code of this server at the moment.'),
      'Get the code on its screen first. If it shows none, see that its cloudregisterurl is the ' +
        'one that "nle serve" prints when it starts.',
      '',
    ]
  }
  const more = waiting.length - MAX_LISTED
  return [
    ...lines,
    waiting.length === 1 ? 'Waiting for its code to be typed in:' : 'Waiting for their codes:',
    ...waiting.slice(0, MAX_LISTED).map(({ serial, name, sinceMs, hasUploaded }) => {
      const called = name === serial ? '' : ` ${printable(name)}`
      return `  ${chalk.bold(printable(serial))}${called} ${chalk.dim(`for ${duration(io.nowMs() - sinceMs)}`)}${hasUploaded ? '' : `, ${NOT_UPLOADED}`}`
    }),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(waiting.every(({ hasUploaded }) => hasUploaded) ? [] : [MAKE_IT_UPLOAD]),
    '',
  ]
}
