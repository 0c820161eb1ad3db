import { existsSync } from 'node:fs'
import { SETTINGS } from '../../config.ts'
import { NleError } from '../../errors.ts'
import type { ServerRecord } from '../../store/store.ts'
import type { ServerChoice } from '../options/server-options.ts'
import type { Io } from '../terminal/io.ts'
import { ServerClient } from './client.ts'

/** What the search for a server found. */
export type ServerSearch =
  /** A server that answers; `trouble` is why it is degraded. */
  | {
      readonly type: 'running'
      readonly client: ServerClient
      readonly deviceUrl?: string
      readonly trouble: string | undefined
    }
  /** A process holds the database and has recorded its address, but nothing answers there. */
  | { readonly type: 'silent'; readonly error: NleError }
  /** No server runs, as far as this machine knows. */
  | { readonly type: 'none' }

const USUAL_URL = `http://127.0.0.1:${SETTINGS.controlPort.fallback}`

/**
 * Finds the server: the one that was named; else the one whose address stands in the database and that
 * still holds it; else one on the usual port of this machine.
 *
 * @throws NleError `unreachable` when the server that was named does not answer
 */
export async function findServer(
  choice: ServerChoice,
  io: Io,
  usualUrl = USUAL_URL,
): Promise<ServerSearch> {
  if (choice.url !== undefined) {
    return at(choice.url, io, (error) => {
      throw explained(error, ' Check the address, and that "nle serve" runs there.')
    })
  }
  const record = await recordedServer(choice.databasePath, io)
  if (record !== undefined) {
    const found = await at(record.controlUrl, io, (error) => {
      const what = `A server runs (process ${record.pid}), but `
      const next = ' It may be starting or stopping: try again in a moment, or look at its log.'
      return { type: 'silent', error: explained(error, next, what) }
    })
    return found.type === 'running' ? { ...found, deviceUrl: record.deviceUrl } : found
  }
  if (choice.databaseNamed) return { type: 'none' }
  // A service may have a database that this user cannot read.
  return at(usualUrl, io, () => ({ type: 'none' }))
}

/** The server at a URL, or what `otherwise` makes of it when it does not answer. */
async function at(
  url: string,
  io: Io,
  otherwise: (error: NleError) => ServerSearch,
): Promise<ServerSearch> {
  const client = new ServerClient(url, io)
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
  throw noServer(choice)
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
