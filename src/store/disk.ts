import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { failureCode } from './sqlite.ts'

/** More than any request writes, so that a disk with room for it is not full again at once. */
const PROBE_BYTES = 256 * 1024

/** What a file system says when it takes nothing; undefined when it does. */
export type DiskRefusal = 'full' | 'read-only' | 'disk' | undefined

/** Writes a file beside the database and removes it: SQLite does not say why the system refused. */
export function diskRefusal(databasePath: string): DiskRefusal {
  const path = `${databasePath}.probe`
  try {
    // Not zeros: some file systems store those without any room.
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
    // As read-only as it was for writing.
  }
}
