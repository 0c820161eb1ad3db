import { rmSync, writeFileSync } from 'node:fs'
import { failureCode } from './connect.ts'
import { troubleOf } from './sqlite-errors.ts'

/** More than any request writes: a disk with space for this is not full again at once. */
const PROBE_BYTES = 256 * 1024

/** Why a file system refuses a write; undefined when it does not. */
export type DiskRefusal = 'full' | 'read-only' | 'disk' | undefined

/** Tries a file beside the database, because SQLite does not tell why the system refused a write. */
export function diskRefusal(databasePath: string): DiskRefusal {
  const path = `${databasePath}.probe`
  try {
    // Loaded here, because a start needs no random numbers.
    const { randomBytes } = process.getBuiltinModule('node:crypto')
    // Not zeros, because some file systems store zeros without using space.
    writeFileSync(path, randomBytes(PROBE_BYTES), { mode: 0o600 })
    return undefined
  } catch (error) {
    const code = failureCode(error)
    return code === 'ENOSPC' || code === 'EDQUOT' ? 'full' : code === 'EROFS' ? 'read-only' : 'disk'
  } finally {
    remove(path)
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // The write has failed for the same reason.
  }
}

const FULL = 'the disk is full'
const READ_ONLY = 'its file system is read-only'

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EROFS: READ_ONLY,
  EISDIR: 'it is a folder',
  ENOTDIR: 'what should be its folder is a file',
  EEXIST: 'what should be its folder is a file',
  ENOENT: 'its folder is not there',
  EIO: 'the disk reports an error',
  SQLITE_NOTADB: 'it is not a database',
}

/** The end of a sentence for a user without rights: a folder that is mounted into a container is often root's. */
function noRights(uid: number | undefined): string {
  const user = uid === undefined ? 'this user' : `user ${uid}, as which this runs,`
  const look = `${user} may not use it there; look at the owner and the rights of the file and its folder`
  return uid === undefined || uid === 0
    ? look
    : `${look} (of a folder that is mounted into a container, on the machine that has it: "chown -R ${uid} FOLDER")`
}

/** Why a file cannot be used, as the end of a sentence for people. */
export function describeFileError(path: string, error: unknown, uid = process.geteuid?.()): string {
  const code = failureCode(error) ?? ''
  if (code === 'EACCES' || code === 'EPERM') return noRights(uid)
  const known = REASONS[code]
  if (known !== undefined) return known
  switch (troubleOf(error)?.kind) {
    case 'full':
      return FULL
    case 'damaged':
      return 'it is damaged'
    case 'busy':
      return 'another program keeps it locked'
    case 'read-only':
    case 'disk': {
      // SQLite does not tell why the system refused, but the file system does.
      const refusal = diskRefusal(path)
      if (refusal === 'full') return FULL
      if (refusal === 'read-only') return READ_ONLY
      return code.startsWith('SQLITE_IOERR') ? 'the disk reports an error' : noRights(uid)
    }
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
