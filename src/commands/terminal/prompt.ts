import type { DistinctQuestion } from 'inquirer'
import { NleError } from '../../errors.ts'
import { asTypedHere } from '../own-command.ts'
import type { Io } from './io.ts'
import { wrap } from './wrap.ts'

/** Columns for the mark before a question, and for `(y/N)` with its answer. */
const ROOM = 10

const NOTHING_CHANGED = 'Nothing was changed.'
const NO_TERMINAL =
  'Nothing was changed: there is no terminal to ask on. Add --yes to go ahead without a question.'

/**
 * Asks a yes-or-no question; no is the default.
 *
 * @param noTerminal - the message where there is no terminal to ask on
 * @throws NleError `cancelled` after no or Ctrl-C; `invalid` without a terminal
 */
export async function confirm(io: Io, question: string, noTerminal = NO_TERMINAL): Promise<void> {
  if (!io.interactive) throw new NleError('invalid', noTerminal)
  const message = wrap(question, io.errorColumns - ROOM, 2)
  const answer = await ask(io, { type: 'confirm', message, default: false }, NOTHING_CHANGED)
  if (answer !== true) throw new NleError('cancelled', NOTHING_CHANGED)
}

/**
 * Offers to do something; yes is the default.
 *
 * @returns false after no
 * @throws NleError `cancelled` after Ctrl-C
 */
export async function offer(io: Io, question: string): Promise<boolean> {
  const message = wrap(question, io.errorColumns - ROOM, 2)
  return (await ask(io, { type: 'confirm', message, default: true }, NOTHING_CHANGED)) === true
}

/** Whether an answer is taken: true, or the reason to show below the question. */
type Validate = (typed: string) => true | string | Promise<true | string>

/**
 * Asks for a line of text until `validate` takes it.
 *
 * @param cancelled - the message after Ctrl-C
 */
export async function askText(
  io: Io,
  message: string,
  validate: Validate,
  cancelled: string,
): Promise<string> {
  // A refused answer is cleared, so that the next one is typed into an empty line.
  const theme = { validationFailureMode: 'clear' } as const
  const checked = async (typed: string): Promise<true | string> => {
    const refusal = await validate(typed)
    return refusal === true || asTypedHere(refusal, io.ownCommand)
  }
  return String(await ask(io, { type: 'input', message, validate: checked, theme }, cancelled))
}

export interface Choice<T extends string> {
  readonly value: T
  readonly name: string
}

/**
 * Lets a person choose one of several; the first is the default.
 *
 * @param cancelled - the message after Ctrl-C
 * @param until - takes the question back when it fires
 * @returns undefined when the question was taken back
 */
export async function choose<T extends string>(
  io: Io,
  message: string,
  choices: readonly Choice<T>[],
  cancelled: string,
  until?: AbortSignal,
): Promise<T | undefined> {
  const said = choices.map(({ value, name }) => ({ value, name: asTypedHere(name, io.ownCommand) }))
  const question = { type: 'select', message, choices: said, loop: false } as const
  try {
    return (await ask(io, question, cancelled, until)) as T
  } catch (error) {
    if (until?.aborted === true && !io.stop.aborted) return undefined
    throw error
  }
}

/** Asks for a secret, showing `*` for each character. */
export async function askSecret(
  io: Io,
  message: string,
  validate: Validate = () => true,
  cancelled = NOTHING_CHANGED,
): Promise<string> {
  return String(await ask(io, { type: 'password', message, mask: '*', validate }, cancelled))
}

/** One of inquirer's questions; each is asked alone, so it needs no name of its own. */
type Nameless<Question> = Question extends unknown ? Omit<Question, 'name'> : never

async function ask(
  io: Io,
  question: Nameless<DistinctQuestion>,
  cancelled: string,
  until?: AbortSignal,
): Promise<unknown> {
  // Loaded here, so that verbs start without the prompts.
  const { createPromptModule } = await import('inquirer')
  const prompt = createPromptModule({
    input: io.stdin as NodeJS.ReadStream,
    output: io.stderr as NodeJS.WriteStream,
    signal: until === undefined ? io.stop : AbortSignal.any([io.stop, until]),
  })
  try {
    const { answer } = await prompt([{ ...question, name: 'answer' } as DistinctQuestion])
    return answer
  } catch (error) {
    // Ctrl-C in the prompt, or a signal to the process.
    if (error instanceof Error && /^(Exit|Abort)PromptError$/.test(error.name)) {
      throw new NleError('cancelled', cancelled, { cause: error })
    }
    throw error
  }
}
