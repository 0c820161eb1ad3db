import { readFileSync } from 'node:fs'
import { NleError } from '../../errors.ts'

/** @throws NleError `not_found`, or `invalid` when it cannot be read */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw describeFileError(path, cause)
  }
}

/** The error for a file that cannot be read, in words for people. */
export function describeFileError(path: string, cause: unknown): NleError {
  const { code, message } = cause as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new NleError('not_found', `There is no file ${path}.`, { cause })
  }
  const why = REASONS[code ?? ''] ?? message
  return new NleError('invalid', `${path} cannot be read: ${why}.`, { cause })
}

const REASONS: Readonly<Record<string, string>> = {
  EISDIR: 'it is a folder',
  EACCES: 'this user may not',
}
