import type { Command } from 'commander'
import { type Config, SETTINGS } from '../config.ts'
import type { Store } from '../store/store.ts'
import type { ServerClient } from './client/client.ts'
import type { ServerSearch } from './client/find-server.ts'
import type { ServerDevice } from './client/server-device.ts'
import {
  type RawServerOptions,
  SERVER_ENV,
  type ServerChoice,
  serverChoice,
} from './options/server-options.ts'
import { addSettings, readSettings, type SettingFlags } from './options/settings.ts'
import type { Io } from './terminal/io.ts'
import { printJson, printLine } from './terminal/print.ts'

/** The options that verbs share, as commander gives them. */
export interface SharedOptions extends RawServerOptions {
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
    this.#choice ??= serverChoice(this.options, this.io.env)
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
    const { deviceNamed } = await import('./client/server-device.ts')
    return { client, device: await deviceNamed(client, asked) }
  }

  /** Reads the database, whether a server runs on it or not. */
  async readStore<T>(read: (store: Store) => T | Promise<T>): Promise<T> {
    const { readStore } = await import('./database/open.ts')
    return readStore(this.choice.databasePath, this.io, read)
  }

  /** Writes to the database, whether a server runs on it or not. */
  async writeStore<T>(write: (store: Store) => Promise<T>): Promise<T> {
    const { writeStore } = await import('./database/open.ts')
    return writeStore(this.choice.databasePath, this.io, write)
  }

  /** The settings in force, and the database to work on. */
  async settings() {
    const settings = readSettings(this.options as SettingFlags, this.io)
    const { databasePlace } = await import('./database/place.ts')
    const { path, existingServerPath } = databasePlace(settings.config.databasePath, this.io.env)
    return { ...settings, databasePath: path, existingServerPath }
  }

  /** Prints the result: `value` with `--json`, else a line for people. */
  print(value: unknown, line: string): void {
    if (this.json) printJson(this.io, value)
    else printLine(this.io, line)
  }
}

/** What a verb does with one call: `args` are its arguments as commander reads them. */
type Run<Options extends SharedOptions, Args extends unknown[]> = (
  call: Invocation<Options>,
  ...args: Args
) => void | Promise<void>

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
  command.action((...given: unknown[]) => {
    // Commander gives the arguments, the options and the command.
    const options = given.at(-2) as Options
    return run(new Invocation(options, io), ...(given.slice(0, -2) as Args))
  })
}

/** Adds `--server`, `--db` and `--json`, and runs the verb. */
export function onServer<Options extends SharedOptions, Args extends unknown[]>(
  command: Command,
  io: Io,
  run: Run<Options, Args>,
  extras?: Extras,
): void {
  command.option(
    '--server <url>',
    `control address of the server; found by itself on this machine (env: ${SERVER_ENV})`,
  )
  onDatabase(command, io, run, extras)
}

/** Adds `--db` and `--json`, and runs the verb. */
export function onDatabase<Options extends SharedOptions, Args extends unknown[]>(
  command: Command,
  io: Io,
  run: Run<Options, Args>,
  { own = (each) => each, json = 'print JSON' }: Extras = {},
): void {
  command.option(
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
