import { homedir } from 'node:os'
import { join } from 'node:path'

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

function safeHome(): string {
  try {
    return homedir()
  } catch {
    // A user without a passwd entry has no home; the executable runs for them all the same.
    return ''
  }
}
