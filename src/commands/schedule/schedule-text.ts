import { existsSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import { NleError } from '../../errors.ts'
import type { JsonObject } from '../../protocol/bucket.ts'
import type { ScheduleDefaults } from '../../protocol/schedule/schedule.ts'
import { parseScheduleFile } from '../../protocol/schedule/schedule-file.ts'
import { describeFileError } from '../terminal/file-error.ts'
import type { Io } from '../terminal/io.ts'

/** Many times the size of the largest schedule. */
const MAX_FILE_BYTES = 1024 * 1024

/** A schedule as a person wrote it. */
export interface ScheduleText {
  readonly text: string
  /** As messages name it. */
  readonly file: string
}

/** Whether this argument of `nle schedule set` is the file, and the other one names the thermostat. */
export function isScheduleFile(argument: string): boolean {
  return argument === '-' || existsSync(argument)
}

/**
 * Reads a file, or standard input for `-`.
 *
 * @throws NleError `not_found` when there is no such file, `invalid` when it cannot be read
 */
export async function readScheduleText(file: string, io: Pick<Io, 'stdin'>): Promise<ScheduleText> {
  if (file === '-') return { text: await textOf(io.stdin), file: 'standard input' }
  try {
    const { size } = await stat(file)
    if (size > MAX_FILE_BYTES) {
      throw new NleError('invalid', `${file} is far too large for a schedule.`)
    }
    return { text: await readFile(file, 'utf8'), file }
  } catch (cause) {
    if (cause instanceof NleError) throw cause
    throw describeFileError(file, cause)
  }
}

/** @throws NleError `invalid` that names the file and the line */
export function parseScheduleText(
  { text, file }: ScheduleText,
  defaults: ScheduleDefaults,
): JsonObject {
  try {
    return parseScheduleFile(text, defaults)
  } catch (error) {
    if (!(error instanceof NleError)) throw error
    throw new NleError(error.code, `${file}: ${error.message}`, {
      cause: error,
      details: error.details,
    })
  }
}
