import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import { NleError } from '../../errors.ts'
import { describeFileError } from '../terminal/file-error.ts'
import type { Io } from '../terminal/io.ts'

/** Many times the size of the largest schedule. */
const MAX_FILE_BYTES = 1024 * 1024

/**
 * Reads the file of `nle schedule set <device> <file>`; the arguments may be swapped.
 *
 * @returns the text, the file as messages name it, and the argument that names the thermostat
 * @throws NleError `not_found` when there is no such file, `invalid` when it cannot be read
 */
export async function readScheduleText(first: string, second: string, io: Io) {
  const swapped = second !== '-' && !existsSync(second) && (first === '-' || existsSync(first))
  const [asked, file] = swapped ? [second, first] : [first, second]
  if (file === '-') return { text: await textOf(io.stdin), file: 'standard input', asked }
  try {
    const { size } = await stat(file)
    if (size > MAX_FILE_BYTES) {
      throw new NleError('invalid', `${file} is far too large for a schedule.`)
    }
    return { text: await readFile(file, 'utf8'), file, asked }
  } catch (cause) {
    if (cause instanceof NleError) throw cause
    throw describeFileError(file, cause)
  }
}
