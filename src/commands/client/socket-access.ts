import { accessSync, constants, lstatSync } from 'node:fs'
import { dirname } from 'node:path'

/** Whether this user may open a socket: `closed` when only others may, `none` when no server can be there. */
export type SocketAccess = 'open' | 'closed' | 'none'

type Look = (path: string) => { readonly uid: number; isSocket(): boolean }

/**
 * Looks at the socket of a server without connecting. A socket that belongs to neither root, this user nor
 * the owner of its folder is none: in a folder for all, such as /tmp, anybody could have put it there.
 */
export function socketAccess(
  path: string,
  ownUid = process.geteuid?.(),
  look: Look = lstatSync,
): SocketAccess {
  try {
    const socket = look(path)
    if (!socket.isSocket()) return 'none'
    const trusted = [0, ownUid, look(dirname(path)).uid]
    if (!trusted.includes(socket.uid)) return 'none'
    accessSync(path, constants.W_OK)
    return 'open'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'closed' : 'none'
  }
}
