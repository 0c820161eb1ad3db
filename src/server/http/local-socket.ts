import { lstatSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { NleError } from '../../errors.ts'

/** The commands of one machine, and its scripts. */
export const MAX_SOCKET_CONNECTIONS = 64
/** How many bytes the path of a Unix socket may have. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103

/**
 * Listens on a Unix socket that only this user and root may open, so that to reach it is a credential. The
 * file is removed when the server closes.
 *
 * @param path - belongs to this process: the caller has the lock of the database. A socket there is what a
 * killed server has left.
 * @throws NleError `invalid`, for a path or a file system that takes none
 */
export function listenOnSocket(server: Server, path: string): Promise<void> {
  const bytes = Buffer.byteLength(path)
  if (bytes > MAX_PATH_BYTES) {
    const why = `the path is ${bytes} bytes long, and a socket's may have ${MAX_PATH_BYTES}`
    return Promise.reject(new NleError('invalid', why))
  }
  return new Promise((resolve, reject) => {
    const failed = (cause: unknown): void => {
      const why = cause instanceof Error ? cause.message : String(cause)
      reject(new NleError('invalid', why, { cause }))
    }
    try {
      if (lstatSync(path, { throwIfNoEntry: false })?.isSocket()) rmSync(path)
      server.once('error', failed)
      // The file gets its rights as it is made, within `listen`: 0600, and at no moment more.
      const before = process.umask(0o177)
      try {
        server.listen({ path }, () => {
          server.off('error', failed)
          resolve()
        })
      } finally {
        process.umask(before)
      }
    } catch (error) {
      failed(error)
    }
  })
}
