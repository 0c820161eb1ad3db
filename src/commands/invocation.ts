import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { type Config, SETTINGS } from '../config.ts'
import { NleError } from '../errors.ts'
import { defaultDatabasePath, isUnmarkedDatabase } from '../store/path.ts'
import type { Store } from '../store/store.ts'
import type { ServerClient } from './client/client.ts'
import type { ServerDevice } from './client/find-device.ts'
import type { ServerSearch } from './client/find-server.ts'
import type { Target } from './client/target.ts'
import {
  type RawServerOptions,
  SERVER_ENV,
  type ServerChoice,
  serverChoice,
} from './options/server-options.ts'
import { addSettings, type SettingFlags, settingsHere } from './options/settings.ts'
import type { Io } from './terminal/io.ts'
import { note, printJson, printLine } from './terminal/print.ts'

/** The options that verbs share, as commander gives them. */
export interface SharedOptions extends RawServerOptions {
  readonly databasePath?: string
  readonly json?: true
}

/** What a verb works with: its options, and what they lead to, loaded when it is asked for. */
export class Invocation<Options extends SharedOptions = SharedOptions> {
  readonly options: Options
  readonly io: Io
  /** Whether the result is wanted as JSON. */
  readonly json: boolean
  #choice: ServerChoice | undefined

  constructor(options: Options, io: Io) {
    this.options = options
    this.io = io
    this.json = options.json === true
  }

  /** @throws NleError `invalid` for `--server` and `--db` at once, or no address */
  get choice(): ServerChoice {
    // Verbs that take settings have the database among them.
    const { server, db = this.options.databasePath } = this.options
    this.#choice ??= serverChoice({ server, db }, this.io.env)
    return this.#choice
  }

  /** The running server, or that none runs. */
  async findServer(): Promise<ServerSearch> {
    const { findServer } = await import('./client/find-server.ts')
    return findServer(this.choice, this.io)
  }

  /** @throws NleError `unreachable` when no server runs or it does not answer */
  async requireServer(): Promise<ServerClient> {
    const { requireServer } = await import('./client/find-server.ts')
    return requireServer(this.choice, this.io)
  }

  /**
   * The running server, and the thermostat that a person names.
   *
   * @throws NleError `unreachable`, `not_found`, or `invalid` when several fit
   */
  async requireDevice(asked: string): Promise<{ client: ServerClient; device: ServerDevice }> {
    const client = await this.requireServer()
    const { deviceNamed } = await import('./client/find-device.ts')
    return { client, device: await deviceNamed(client, asked) }
  }

  /** What the verb works on: the running server, or a database while none runs. */
  async findTarget(): Promise<Target> {
    const { findTarget } = await import('./client/target.ts')
    return findTarget(this.choice, this.io)
  }

  /**
   * Does a thing by the running server, or on the database where none runs, and says which database that is. A
   * server of an older version may not know how: then it is done on its database, where that is known.
   *
   * @throws NleError as `findTarget` and the way that is taken
   */
  async onTarget<T>(ways: Ways<T>): Promise<Done<T>> {
    const target = await this.findTarget()
    if (target.type === 'database') {
      // Without a database the error names it.
      if (existsSync(target.path)) note(this.io, target.why)
      return { result: await ways.database(target.path), server: null, database: target.path }
    }
    const { client, databasePath, others } = target
    if (others !== undefined) note(this.io, others)
    try {
      const result = await ways.server(client, databasePath)
      return { result, server: client.url, database: databasePath ?? null }
    } catch (error) {
      const isOlder = error instanceof NleError && error.code === 'method_not_allowed'
      if (!isOlder || databasePath === undefined || !existsSync(databasePath)) throw error
      note(this.io, `${error.message} Working on its database ${databasePath} itself.`)
      return { result: await ways.database(databasePath), server: null, database: databasePath }
    }
  }

  /**
   * The database for a verb that no server may have meanwhile. For one that was named, its lock tells later.
   *
   * @throws NleError `in_use` while a server runs that may have the one that is meant
   */
  async requireStopped(): Promise<string> {
    if (this.choice.databaseNamed) return (await this.settings()).databasePath
    const target = await this.findTarget()
    if (target.type === 'database' && target.silent === undefined) return target.path
    const { at, path } =
      target.type === 'server'
        ? { at: ` at ${target.client.url}`, path: target.databasePath }
        : { at: '', path: target.path }
    throw new NleError(
      'in_use',
      `A server runs${at}${path === undefined ? '' : `, on ${path}`}. Stop it ("systemctl stop nle", or Ctrl-C where it runs), do this, and start it again; or name another database with --db.`,
    )
  }

  /**
   * Reads a database, whether a server runs on it or not.
   *
   * @throws NleError `not_found` when there is none, `store` when it cannot be opened
   */
  async readStore<T>(path: string, read: (store: Store) => Promise<T>): Promise<T> {
    await this.#requireDatabase(path)
    // Loaded here: verbs that ask a server need no database.
    const { openForReading } = await import('../store/open.ts')
    const store = openForReading(path, this.io.nowMs())
    try {
      return await read(store)
    } finally {
      store.close()
    }
  }

  /**
   * Writes to a database, whether a server runs on it or not. Only for what the server reads again with every
   * request.
   *
   * @throws NleError `not_found`, `store`, or `in_use` beside a server of an older version
   */
  async writeStore<T>(path: string, write: (store: Store) => Promise<T>): Promise<T> {
    await this.#requireDatabase(path)
    const { openBesideServer } = await import('../store/open.ts')
    const { store, close } = openBesideServer(path, this.io.nowMs())
    try {
      return await write(store)
    } finally {
      close()
    }
  }

  /**
   * The settings in force, and the database to work on. Settings taken over from the existing
   * self-hosted server name its own database, which is never touched: nle's is beside it.
   */
  async settings() {
    const settings = await settingsHere(this.options as SettingFlags, this.io)
    const path = settings.config.databasePath ?? defaultDatabasePath(this.io.env)
    return (await isExistingServers(path))
      ? { ...settings, databasePath: join(dirname(path), 'nle.sqlite'), existingServerPath: path }
      : { ...settings, databasePath: path, existingServerPath: undefined }
  }

  /** Prints the result: `value` with `--json`, else a line for people. */
  print(value: unknown, line: string): void {
    if (this.json) printJson(this.io, value)
    else printLine(this.io, line)
  }

  async #requireDatabase(path: string): Promise<void> {
    if (existsSync(path)) return
    const { withServersNearby } = await import('./client/servers-nearby.ts')
    const message = `There is no database at ${path}. "nle serve" creates it.`
    throw await withServersNearby(new NleError('not_found', message), this.choice, this.io)
  }
}

async function isExistingServers(path: string): Promise<boolean> {
  // Loaded for a database that may be one: nle's own are marked.
  return (
    isUnmarkedDatabase(path) &&
    (await import('../import/reader.ts')).isExistingServersDatabase(path)
  )
}

/** How a verb does its work by a server, and without one on a database. */
interface Ways<T> {
  server(client: ServerClient, databasePath: string | undefined): Promise<T>
  database(path: string): Promise<T>
}

/** What came of it, and where it was done: by a server, or on a database. */
interface Done<T> {
  readonly result: T
  readonly server: string | null
  /** Null for that of a server on another machine. */
  readonly database: string | null
}

/**
 * What a verb does with one call: `args` are its arguments as commander reads them. A number that it
 * returns is the exit code.
 */
type Run<Options extends SharedOptions, Args extends unknown[]> = (
  call: Invocation<Options>,
  ...args: Args
) => void | Promise<void> | Promise<number>

interface Extras {
  /** Adds the verb's own options that stand before `--json` in the help. */
  readonly own?: (command: Command) => Command
  /** What the help says of `--json`. */
  readonly json?: string
}

/** Runs a verb that has added its options itself. */
export function onCall<Options extends SharedOptions, Args extends unknown[]>(
  command: Command,
  io: Io,
  run: Run<Options, Args>,
): void {
  command.action(async (...given: unknown[]) => {
    // Commander gives the arguments, the options and the command.
    const options = given.at(-2) as Options
    const exitCode = await run(new Invocation(options, io), ...(given.slice(0, -2) as Args))
    if (typeof exitCode === 'number') io.exitCode = exitCode
  })
}

/** Adds `--server`, `--db` and `--json`, and runs the verb. */
export function onServer<Options extends SharedOptions, Args extends unknown[]>(
  command: Command,
  io: Io,
  run: Run<Options, Args>,
  { own = (each) => each, json = 'print JSON' }: Extras = {},
): void {
  addServer(command).option(
    '--db <file>',
    `database of the server (env: ${SETTINGS.databasePath.env}; default: $XDG_DATA_HOME/nle/nle.sqlite)`,
  )
  own(command).option('--json', json)
  onCall(command, io, run)
}

/** Adds the flags of these settings and `--json`, and runs the verb. */
export function onSettings<Options extends SharedOptions & SettingFlags, Args extends unknown[]>(
  command: Command,
  names: readonly (keyof Config)[],
  io: Io,
  run: Run<Options, Args>,
): void {
  addSettings(command, names).option('--json', 'print JSON')
  onCall(command, io, run)
}

/** Adds `--server`. */
export function addServer(command: Command): Command {
  return command.option(
    '--server <url>',
    `control address of the server; found by itself on this machine (env: ${SERVER_ENV})`,
  )
}
