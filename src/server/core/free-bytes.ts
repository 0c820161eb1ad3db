import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The room on the disk of a file; undefined where the system does not tell. */
export async function freeBytes(path: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(dirname(path))
    return bavail * bsize
  } catch {
    return undefined
  }
}
