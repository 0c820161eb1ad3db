import { join } from 'node:path'
import { defaultDatabasePath, realPath, SERVICE_DATABASE } from './path.ts'

/** Where the system service listens for commands of this machine: in the folder that systemd makes for it. */
export const SERVICE_SOCKET = '/run/nle/nle.sock'

/**
 * Where the server of a database listens for commands of this machine: beside the database itself, or, for
 * the database of a service, in the folder for such files that systemd names. Undefined for a database in
 * memory, which no command could name.
 */
export function socketOfServer(
  databasePath: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (databasePath === ':memory:') return undefined
  const folder = env.RUNTIME_DIRECTORY?.split(':')[0]
  return folder && databasePath === defaultDatabasePath(env)
    ? join(folder, 'nle.sock')
    : besideDatabase(databasePath)
}

/** Where a command looks for the server of a database, by the same rule. */
export function socketsOfDatabase(databasePath: string): readonly string[] {
  const beside = besideDatabase(databasePath)
  return realPath(databasePath) === realPath(SERVICE_DATABASE) ? [SERVICE_SOCKET, beside] : [beside]
}

function besideDatabase(databasePath: string): string {
  return `${realPath(databasePath)}.sock`
}
