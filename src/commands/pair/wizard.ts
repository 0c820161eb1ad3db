import { NleError } from '../../errors.ts'
import { readCode } from '../../protocol/pairing/code-fault.ts'
import { PAIRED_ANEW } from '../../protocol/pairing/password-rules.ts'
import { MAKE_IT_UPLOAD, NOT_UPLOADED } from '../../protocol/view/upload-text.ts'
import type { Named } from '../client/find-device.ts'
import { clockTime, duration } from '../format/units.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, note } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { askText } from '../terminal/prompt.ts'
import { wrap } from '../terminal/wrap.ts'
import { codeProblem } from './typed-code.ts'
import type { HeldBackCaller, PairWay, WaitingThermostat } from './ways.ts'

/** Refusals after which another code may be right. */
const TRY_AGAIN: ReadonlySet<string> = new Set(['not_found', 'expired', 'claimed'])

/** More would scroll the instructions away. */
const MAX_LISTED = 10

/** Asks for the code until one is accepted. */
export async function askAndClaim(way: PairWay, userId: string, io: Io): Promise<Named> {
  const { shown: showing, heldBack } = await way.waiting()
  for (const line of introduction(showing, heldBack, io)) note(io, line)
  return askCode(way, userId, io)
}

/**
 * Asks for the code until one is accepted.
 *
 * @param leave - added to the question; then no code at all ends it
 * @returns undefined for no code
 */
export function askCode(way: PairWay, userId: string, io: Io): Promise<Named>
export function askCode(
  way: PairWay,
  userId: string,
  io: Io,
  leave: string,
): Promise<Named | undefined>
export async function askCode(
  way: PairWay,
  userId: string,
  io: Io,
  leave?: string,
): Promise<Named | undefined> {
  const outcome = Promise.withResolvers<Named | undefined>()
  const shown = (why: string): string => wrap(why, io.errorColumns - 2, 2)
  const claim = async (typed: string): Promise<true | string> => {
    if (leave !== undefined && typed.trim() === '') {
      outcome.resolve(undefined)
      return true
    }
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
  await askText(io, leave === undefined ? 'Code:' : `Code ${leave}:`, claim, 'Nothing was paired.')
  return outcome.promise
}

/** Where to find the code, which thermostats show one, and which do not get one yet. */
export function introduction(
  waiting: readonly WaitingThermostat[],
  heldBack: readonly HeldBackCaller[],
  io: Io,
): string[] {
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
      ...(heldBack.length > 0
        ? heldBackLines(heldBack, io)
        : [
            'Get the code on its screen first. If it shows none, see that its cloudregisterurl is the ' +
              'one that "nle serve" prints when it starts.',
          ]),
      '',
    ]
  }
  const more = waiting.length - MAX_LISTED
  return [
    ...lines,
    waiting.length === 1 ? 'Waiting for its code to be typed in:' : 'Waiting for their codes:',
    ...waiting.slice(0, MAX_LISTED).map(({ serial, name, sinceMs, hasUploaded, pairedAnew }) => {
      const called = name === serial ? '' : ` ${printable(name)}`
      return `  ${chalk.bold(printable(serial))}${called} ${chalk.dim(`for ${duration(io.nowMs() - sinceMs)}`)}${hasUploaded ? '' : `, ${NOT_UPLOADED}`}${pairedAnew ? `; ${PAIRED_ANEW}` : ''}`
    }),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(waiting.every(({ hasUploaded }) => hasUploaded) ? [] : [MAKE_IT_UPLOAD]),
    ...heldBackLines(heldBack, io),
    '',
  ]
}

/** Why a thermostat that was reset shows no code yet, and what to do about it. */
function heldBackLines(heldBack: readonly HeldBackCaller[], io: Io): string[] {
  if (heldBack.length === 0) return []
  return [
    ...heldBack.slice(0, MAX_LISTED).map(({ serial, name, codeAtMs }) => {
      const called = name === serial ? serial : `${name} (${serial})`
      const when = codeAtMs <= io.nowMs() ? 'when it asks next' : `at ${clockTime(codeAtMs)}`
      return `Something with the serial of ${printable(called)}, which is paired, asks for a code with another password. It gets one ${when}, if the known password is not used meanwhile.`
    }),
    'If you reset that thermostat, "nle repin" gives it a code at once. If not, something else claims to be it.',
  ]
}
