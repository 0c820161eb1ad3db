import { accessSync, constants, existsSync } from 'node:fs'
import { SETTINGS } from '../../config.ts'
import { NleError } from '../../errors.ts'
import { SERVICE_DATABASE } from '../../store/path.ts'
import { SERVICE_SOCKET, socketsOfDatabase } from '../../store/socket-path.ts'
import type { ServerRecord } from '../../store/store.ts'
import { type ServerChoice, TOKEN_ENV } from '../options/server-options.ts'
import { sudoCallersDatabase } from '../options/sudo-caller.ts'
import type { Io } from '../terminal/io.ts'
import { ServerClient } from './client.ts'
import type { ServerAddress } from './http-json.ts'
import { withServersNearby } from './servers-nearby.ts'
import { socketAccess } from './socket-access.ts'

/** What the search for a server found. */
export type ServerSearch =
  /** A server that answers; `trouble` is why it is degraded. */
  | {
      readonly type: 'running'
      readonly client: ServerClient
      readonly deviceUrl?: string
      /** Its database on this machine, where it was found by that. */
      readonly databasePath?: string
      readonly trouble: string | undefined
    }
  /** A process holds the database and has recorded its address, but nothing answers there. */
  | { readonly type: 'silent'; readonly error: NleError; readonly databasePath: string }
  /** No server runs, as far as this machine knows. */
  | { readonly type: 'none' }

export const USUAL_URL = `http://127.0.0.1:${SETTINGS.controlPort.fallback}`

/** Where a server is on this machine, unless its settings say otherwise. */
export interface UsualPlaces {
  readonly url: string
  /** Of the system service. */
  readonly socketPath: string
  readonly databasePath: string
}

export const USUAL: UsualPlaces = {
  url: USUAL_URL,
  socketPath: SERVICE_SOCKET,
  databasePath: SERVICE_DATABASE,
}

/**
 * Finds the server: the one that was named; else the one that has the database; else the system service, the one
 * of the person who typed sudo, or whatever listens on the usual port of this machine. The socket of a server comes before its port, because
 * it asks for no token.
 *
 * @throws NleError `unreachable` when the server that was named does not answer; `forbidden` when only
 * others may open the socket of the one that is meant
 */
export async function findServer(
  choice: ServerChoice,
  io: Io,
  usual = USUAL,
): Promise<ServerSearch> {
  if (choice.url !== undefined) {
    return at({ url: choice.url }, io, (error) => {
      throw explained(error, ' Check the address, and that "nle serve" runs there.')
    })
  }
  const { databasePath, databaseNamed } = choice
  const record = await recordedServer(databasePath, io)
  const own = await onSocket(socketsOfDatabase(databasePath), databasePath, record, io)
  if (own.running !== undefined) return own.running
  const { closedSocket } = own
  if (record !== undefined) {
    const found = await at({ url: record.controlUrl, closedSocket }, io, (error) => {
      const what = `A server runs (process ${record.pid}), but `
      const next = ' It may be starting or stopping: try again in a moment, or look at its log.'
      return { type: 'silent', error: explained(error, next, what), databasePath }
    })
    return found.type === 'running'
      ? { ...found, databasePath, deviceUrl: record.deviceUrl }
      : found
  }
  // A database that can be read tells that no server has it, whatever socket a killed one has left.
  if (databaseNamed) return notFound(isReadable(databasePath) ? undefined : closedSocket)
  const service = await onSocket(
    [usual.socketPath],
    usual.databasePath,
    await recordedServer(usual.databasePath, io),
    io,
  )
  if (service.running !== undefined) return service.running
  const callers = sudoCallersDatabase(io.env)
  if (callers !== undefined) {
    const record = await recordedServer(callers, io)
    const found = await onSocket(socketsOfDatabase(callers), callers, record, io)
    if (found.running !== undefined) return found.running
  }
  // A server may have a database that this user cannot read.
  return at({ url: usual.url, closedSocket: service.closedSocket }, io, () =>
    notFound(service.closedSocket),
  )
}

/**
 * The server behind the first of these sockets that answers, or the socket that only others may open.
 *
 * @param databasePath - of that server
 * @param record - what the database says of it, where it can be read
 */
async function onSocket(
  paths: readonly string[],
  databasePath: string,
  record: ServerRecord | undefined,
  io: Io,
): Promise<{ running?: ServerSearch; closedSocket?: string | undefined }> {
  const sockets = paths.map((path) => ({ path, access: socketAccess(path) }))
  for (const { path, access } of sockets) {
    if (access !== 'open') continue
    const url = record?.controlUrl ?? 'http://localhost'
    // A killed server leaves its socket.
    const found = await at({ url, socketPath: path }, io, () => ({ type: 'none' }))
    if (found.type !== 'running') continue
    const { deviceUrl } = record ?? {}
    const known = { databasePath, ...(deviceUrl === undefined ? {} : { deviceUrl }) }
    return { running: { ...found, ...known } }
  }
  return { closedSocket: sockets.find(({ access }) => access === 'closed')?.path }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}

function notFound(closedSocket: string | undefined): ServerSearch {
  if (closedSocket === undefined) return { type: 'none' }
  throw new NleError(
    'forbidden',
    `Only root and the server's own user may open ${closedSocket}, the socket of the server. Use sudo, or name the server with --server, with a token in ${TOKEN_ENV} where it asks for one.`,
  )
}

/** The server at an address, or what `otherwise` makes of it when it does not answer. */
async function at(
  address: ServerAddress,
  io: Io,
  otherwise: (error: NleError) => ServerSearch,
): Promise<ServerSearch> {
  const client = new ServerClient(address, io)
  try {
    return { type: 'running', client, trouble: await client.checkHealth() }
  } catch (error) {
    if (!isUnreachable(error)) throw error
    return otherwise(error)
  }
}

/**
 * The server, for verbs that need one.
 *
 * @throws NleError `unreachable`, saying what to do about it
 */
export async function requireServer(choice: ServerChoice, io: Io): Promise<ServerClient> {
  const found = await findServer(choice, io)
  if (found.type === 'running') return found.client
  if (found.type === 'silent') throw found.error
  throw await withServersNearby(noServer(choice), choice, io)
}

/** The error for a server that was not found: where the search looked, and what to do. */
export function noServer({ databasePath, databaseNamed }: ServerChoice): NleError {
  const missing = existsSync(databasePath) ? '' : ' (there is no such file)'
  const serves = `that serves ${databasePath}${missing}`
  return new NleError(
    'unreachable',
    databaseNamed
      ? `No nle server runs on this machine ${serves}. Start one with "nle serve", or name one elsewhere with --server.`
      : `No nle server runs on this machine: none ${serves}, and none answers on port ${SETTINGS.controlPort.fallback}. ` +
          'Start one with "nle serve", or name the one that is meant with --server, or its database with --db.',
  )
}

/** The server as recorded in the database, while its process lives. */
async function recordedServer(databasePath: string, io: Io): Promise<ServerRecord | undefined> {
  if (!existsSync(databasePath)) return undefined
  // Loaded here: with --server the database is not needed.
  const { isServed, servingProcess } = await import('../../store/open.ts')
  // A verb that needs the database reports by itself why it cannot be read.
  return isServed(databasePath) ? servingProcess(databasePath, io.nowMs()) : undefined
}

/** Whether a failure means that no server answers now. */
export function isUnreachable(error: unknown): error is NleError {
  return error instanceof NleError && error.code === 'unreachable'
}

function explained(error: NleError, next: string, before = ''): NleError {
  return new NleError(error.code, before + error.message + next, {
    cause: error,
    details: error.details,
  })
}
