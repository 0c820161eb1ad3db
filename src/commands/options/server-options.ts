import { SETTINGS } from '../../config.ts'
import { NleError } from '../../errors.ts'
import { besideExistingServers, defaultDatabasePath } from '../../store/path.ts'
import type { Io } from '../terminal/io.ts'
import { settingsEnv } from './settings.ts'

/** The options that name the server or its database, as commander gives them. */
export interface RawServerOptions {
  readonly server?: string | undefined
  readonly db?: string | undefined
}

/** The environment variable that stands in for `--server`. */
export const SERVER_ENV = 'NLE_SERVER'

/** The environment variable with the token for the control API; a flag would show in `ps`. */
export const TOKEN_ENV = 'NLE_TOKEN'

/** @throws NleError `invalid` for a token that no header can carry */
export function tokenOf(env: Io['env']): string | undefined {
  const token = env[TOKEN_ENV]?.trim() || undefined
  if (token === undefined || /^[\x21-\x7e]+$/.test(token)) return token
  throw new NleError('invalid', `${TOKEN_ENV} is no token: it has blanks or special characters.`)
}

/** The server and the database to use. */
export interface ServerChoice {
  /** The control URL that was named; undefined: the server has to be found. */
  readonly url: string | undefined
  readonly databasePath: string
  /** Whether the database was named: then a server of another database will not do. */
  readonly databaseNamed: boolean
}

const DEFAULT_CONTROL_PORT = SETTINGS.controlPort.fallback

/** Flags win over the environment, .env included; `--db` also wins over NLE_SERVER. */
export function serverChoice(raw: RawServerOptions, given: Io['env']): ServerChoice {
  const env = settingsEnv(given)
  if (raw.server !== undefined && raw.db !== undefined) {
    throw new NleError('invalid', 'Name a server with --server or a database with --db, not both.')
  }
  const server = raw.server ?? (raw.db === undefined ? env[SERVER_ENV] || undefined : undefined)
  // Servers on a PostgreSQL have no file by which they could be found: one of them may run here.
  const shared =
    raw.db === undefined && server === undefined && env[SETTINGS.databaseUrl.env]
      ? `http://127.0.0.1:${env[SETTINGS.controlPort.env] || DEFAULT_CONTROL_PORT}`
      : undefined
  const named = raw.db ?? (env[SETTINGS.databasePath.env] || undefined)
  const database = named === undefined ? undefined : besideExistingServers(named)
  return {
    url: server === undefined ? shared : controlUrl(server),
    databasePath: database ?? defaultDatabasePath(env),
    databaseNamed: database !== undefined,
  }
}

/** The URL of a control listener written as `192.168.1.5`, `nas:8082` or `http://nas:8082/`. */
export function controlUrl(text: string): string {
  const bare = !/^[a-z][a-z0-9+.-]*:\/\//i.test(text)
  const written = bare ? `http://${text}` : text
  const url = URL.parse(written)
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new NleError(
      'invalid',
      `"${text}" is not the address of a server: write http://192.168.1.5:8082.`,
    )
  }
  if (bare && url.port === '' && !/:\d+(\/|$)/.test(text)) url.port = DEFAULT_CONTROL_PORT ?? ''
  // A path in front of the API, as a reverse proxy may have one, is kept.
  return (url.origin + url.pathname).replace(/\/+$/, '')
}
