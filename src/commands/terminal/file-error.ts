import { NleError } from '../../errors.ts'

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
