import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * Where the database is when nobody says otherwise: the state folder systemd gives a service
 * (`/var/lib/nle`), else `$XDG_DATA_HOME/nle`, else `~/.local/share/nle`, and without a home the
 * service's folder again.
 */
export function defaultDatabasePath(
  env: Readonly<Record<string, string | undefined>>,
  home: string = safeHome(),
): string {
  const folder = env.STATE_DIRECTORY?.split(':')[0]
  if (folder) return join(folder, 'nle.sqlite')
  if (env.XDG_DATA_HOME) return join(env.XDG_DATA_HOME, 'nle', 'nle.sqlite')
  const base = env.HOME || home
  return base && base !== '/' && base !== '/nonexistent'
    ? join(base, '.local', 'share', 'nle', 'nle.sqlite')
    : '/var/lib/nle/nle.sqlite'
}

/**
 * Settings taken over from the existing self-hosted server name its own database; nle's is beside it.
 * Told by the files alone, for commands that do not open a database.
 */
export function besideExistingServers(path: string): string {
  const beside = join(dirname(path), 'nle.sqlite')
  return beside !== path && existsSync(beside) && isUnmarkedDatabase(path) ? beside : path
}

/**
 * Whether a file is a database that nobody has put a mark on, as nle does. Told by its header alone:
 * SQLite itself may throw away what lies beside a file when it only looks at it.
 */
export function isUnmarkedDatabase(path: string): boolean {
  if (!existsSync(path)) return false
  try {
    const fd = openSync(path, 'r')
    const header = Buffer.alloc(72)
    readSync(fd, header, 0, header.length, 0)
    closeSync(fd)
    const isSqlite = header.toString('latin1', 0, 15) === 'SQLite format 3'
    return isSqlite && header.readUInt32BE(APPLICATION_ID_AT) === 0
  } catch {
    // Whoever needs the file will say why it cannot be read.
    return false
  }
}

/** Where SQLite keeps `PRAGMA application_id` in a file. */
const APPLICATION_ID_AT = 68

function safeHome(): string {
  try {
    return homedir()
  } catch {
    // A user without a passwd entry has no home; the executable runs for them all the same.
    return ''
  }
}
