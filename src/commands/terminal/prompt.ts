import { NleError } from '../../errors.ts'
import type { Io } from './io.ts'
import { wrap } from './wrap.ts'

/** The mark before a question, and `(y/N)` with its answer behind it. */
const ROOM = 10

/** Asks a yes-or-no question on the terminal; no is the default. Ctrl-C is `cancelled`. */
export async function confirm(io: Io, question: string): Promise<boolean> {
  // Loaded here: a command that asks nothing does not pay for the prompts.
  const { createPromptModule } = await import('inquirer')
  const prompt = createPromptModule({
    input: io.stdin as NodeJS.ReadStream,
    output: io.stderr as NodeJS.WriteStream,
  })
  try {
    const { answer } = await prompt([
      {
        type: 'confirm',
        name: 'answer',
        message: wrap(question, io.errorColumns - ROOM, 2),
        default: false,
      },
    ])
    return answer === true
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError') {
      throw new NleError('cancelled', 'Nothing was changed.', { cause: error })
    }
    throw error
  }
}
