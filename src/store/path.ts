import { closeSync, existsSync, openSync, readSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** Stands for the path of a store that is no file: one in memory, or on another machine. */
export const NO_FILE = ':memory:'

/** The database of the system service, and of a user without a home. */
export const SERVICE_DATABASE = '/var/lib/nle/nle.sqlite'

/**
 * Where the database is by default: in the state folder that systemd gives a service (`/var/lib/nle`),
 * else in `$XDG_DATA_HOME/nle`, else in `~/.local/share/nle`, and without a home in `/var/lib/nle`.
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
    : SERVICE_DATABASE
}

/** The file itself: a database that is named by a symbolic link has one lock and one socket, not two. */
export function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    // Before the file is made; its folder may be a link as well.
    return join(
      existsSync(dirname(path)) ? realpathSync(dirname(path)) : dirname(path),
      basename(path),
    )
  }
}

/**
 * The database of nle beside that of the existing self-hosted server, which settings from that server
 * name; any other path as it is. Decided by the files alone, for commands that open no database.
 */
export function besideExistingServers(path: string): string {
  const beside = join(dirname(path), 'nle.sqlite')
  return beside !== path && existsSync(beside) && isUnmarkedDatabase(path) ? beside : path
}

/**
 * Whether a file is an SQLite database without an application id; nle's have one. Only the header is read,
 * because SQLite may delete the files beside a database when it opens it.
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
    // The code that opens the file next reports why it cannot be read.
    return false
  }
}

/** The offset of `PRAGMA application_id` in a file. */
const APPLICATION_ID_AT = 68

function safeHome(): string {
  try {
    return homedir()
  } catch {
    // A user without a passwd entry has no home.
    return ''
  }
}
