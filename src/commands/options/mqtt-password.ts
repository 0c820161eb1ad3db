import { text as textOf } from 'node:stream/consumers'
import { readTextFile } from '../terminal/file-error.ts'
import type { Io } from '../terminal/io.ts'
import { askSecret } from '../terminal/prompt.ts'

/**
 * The password for a broker: from a file, from MQTT_PASSWORD, or typed on the terminal. Never from the
 * command line, which every user of the machine can read.
 *
 * @param file - undefined when none was named; `-` is standard input
 * @throws NleError `not_found` or `invalid` when the file cannot be read; `cancelled` after Ctrl-C
 */
export async function brokerPassword(
  { user, file }: { readonly user: string | undefined; readonly file: string | undefined },
  io: Io,
): Promise<string | undefined> {
  if (file !== undefined)
    return firstLine(file === '-' ? await textOf(io.stdin) : readTextFile(file))
  if (io.env.MQTT_PASSWORD) return io.env.MQTT_PASSWORD
  if (user === undefined || !io.interactive) return undefined
  return (await askSecret(io, `Password of ${user} at the broker`)) || undefined
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? ''
}
