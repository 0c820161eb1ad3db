import { accessSync, constants, existsSync, lstatSync } from 'node:fs'
import { dirname } from 'node:path'
import { NleError } from '../../errors.ts'
import { realPath } from '../../store/path.ts'
import type { ServerChoice } from '../options/server-options.ts'
import { sudoCallersDatabase } from '../options/sudo-caller.ts'
import type { Io } from '../terminal/io.ts'
import type { ServerClient } from './client.ts'
import { findServer, type ServerSearch, USUAL, type UsualPlaces } from './find-server.ts'
import { socketAccess } from './socket-access.ts'

/** What a verb works on: the running server, or a database that no server answers for. */
export type Target =
  | {
      readonly type: 'server'
      readonly client: ServerClient
      /** On this machine, where it is known. */
      readonly databasePath: string | undefined
      /** Why it is degraded; undefined when all is well. */
      readonly trouble: string | undefined
      /** Other servers of this machine, for people; undefined when there is none. */
      readonly others: string | undefined
    }
  | {
      readonly type: 'database'
      readonly path: string
      /** Why it is this one, for people. */
      readonly why: string
      /** The server that has it and does not answer. */
      readonly silent?: NleError
    }

/**
 * What a verb works on.
 *
 * @throws NleError as `findServer`, and as `databaseMeant`
 */
export async function findTarget(
  choice: ServerChoice,
  io: Io,
  usual: UsualPlaces = USUAL,
): Promise<Target> {
  const found = await findServer(choice, io, usual)
  if (found.type === 'running') {
    const { client, databasePath, trouble } = found
    const others = othersThan(found, choice, io, usual)
    return { type: 'server', client, databasePath, trouble, others }
  }
  if (found.type === 'silent') {
    const { error: silent, databasePath: path } = found
    return { type: 'database', path, silent, why: `${silent.message} Working on ${path} itself.` }
  }
  const path = databaseMeant(choice, io, usual)
  return {
    type: 'database',
    path,
    why: choice.databaseNamed
      ? `No server runs on ${path}; working on the file itself.`
      : `No server runs on this machine; working on ${path}.`,
  }
}

/** The databases that a person may mean who names none, there or not. */
export function usualDatabases(
  { databasePath }: ServerChoice,
  io: Io,
  usual: UsualPlaces = USUAL,
): string[] {
  const callers = sudoCallersDatabase(io.env)
  const all = [databasePath, usual.databasePath, ...(callers === undefined ? [] : [callers])]
  return [...new Map(all.map((path) => [realPath(path), path])).values()]
}

/**
 * The database to work on while no server runs: the one that was named; else the only one that is there; else
 * the default one, which is to be made.
 *
 * @throws NleError `invalid` when there are several, naming them; `forbidden` when only root can look
 */
export function databaseMeant(choice: ServerChoice, io: Io, usual: UsualPlaces = USUAL): string {
  if (choice.databaseNamed) return choice.databasePath
  const found = usualDatabases(choice, io, usual).filter(
    (path) => existsSync(path) || isHidden(path),
  )
  const [first = choice.databasePath, ...others] = found
  if (others.length > 0) {
    const named = found.map((path) =>
      realPath(path) === realPath(usual.databasePath) ? `${path} (of the system service)` : path,
    )
    throw new NleError(
      'invalid',
      `No server runs on this machine, and there are ${found.length} databases: ${named.join(', ')}. Name the one that is meant with --db, or a server with --server.`,
      { details: { databases: found } },
    )
  }
  if (!isHidden(first)) return first
  throw new NleError(
    'forbidden',
    `No server runs on this machine, and only root may look into ${dirname(first)}, the folder of the system service. Use sudo, or name another database with --db.`,
  )
}

/** Whether a folder is there that this user may not look into, and in it perhaps a database. */
function isHidden(path: string): boolean {
  const folder = dirname(path)
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return false
  try {
    accessSync(folder, constants.X_OK)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES'
  }
}

/** Says which other servers run that a person may mean who named none. */
function othersThan(
  found: Extract<ServerSearch, { type: 'running' }>,
  choice: ServerChoice,
  io: Io,
  usual: UsualPlaces,
): string | undefined {
  const { databasePath } = found
  if (choice.url !== undefined || choice.databaseNamed || databasePath === undefined)
    return undefined
  const others = usualDatabases(choice, io, usual).filter((path) => {
    if (realPath(path) === realPath(databasePath)) return false
    const isService = realPath(path) === realPath(usual.databasePath)
    return socketAccess(isService ? usual.socketPath : `${realPath(path)}.sock`) !== 'none'
  })
  if (others.length === 0) return undefined
  return `This is the server of ${databasePath}. Another one may be meant: name it with --db ${others.join(' or ')}.`
}
