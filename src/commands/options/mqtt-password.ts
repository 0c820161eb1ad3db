import { readFileSync } from 'node:fs'
import { NleError } from '../../errors.ts'
import type { Io } from '../terminal/io.ts'
import { unreadable } from '../terminal/unreadable.ts'

/**
 * The password for a broker: never from the command line, where every user of the machine could read
 * it. From a file, or from MQTT_PASSWORD, or asked for.
 *
 * @param file - undefined when none was named; `-` is standard input
 * @throws NleError `not_found` or `invalid` when the file cannot be read; `cancelled` after Ctrl-C
 */
export async function brokerPassword(
  { user, file }: { readonly user: string | undefined; readonly file: string | undefined },
  io: Io,
): Promise<string | undefined> {
  if (file !== undefined) return file === '-' ? firstLine(await readAll(io)) : fromFile(file)
  if (io.env.MQTT_PASSWORD) return io.env.MQTT_PASSWORD
  return user !== undefined && io.interactive ? ask(io, user) : undefined
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? ''
}

function fromFile(path: string): string {
  try {
    return firstLine(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

async function readAll(io: Io): Promise<string> {
  let text = ''
  for await (const chunk of io.stdin) text += String(chunk)
  return text
}

async function ask(io: Io, user: string): Promise<string | undefined> {
  // Loaded here: a command that asks nothing does not pay for the prompts.
  const { createPromptModule } = await import('inquirer')
  const prompt = createPromptModule({
    input: io.stdin as NodeJS.ReadStream,
    output: io.stderr as NodeJS.WriteStream,
  })
  try {
    const { answer } = await prompt([
      { type: 'password', name: 'answer', message: `Password of ${user} at the broker`, mask: '*' },
    ])
    return typeof answer === 'string' && answer !== '' ? answer : undefined
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError') {
      throw new NleError('cancelled', 'Nothing was changed.', { cause: error })
    }
    throw error
  }
}
