import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { Command } from 'commander'
import type { ServiceHost, SystemctlResult } from '../../../src/commands/service/host.ts'
import { registerSetup } from '../../../src/commands/verbs/setup.ts'
import { ERROR_CODES, NleError } from '../../../src/errors.ts'
import { closedPort } from '../homes.ts'
import { type ShellOptions, shellIo } from '../shell.ts'

/** A machine on which `nle setup` is run. */
export interface SetupHost {
  readonly booted?: boolean
  readonly root?: boolean
  readonly executable?: string
  readonly files?: Readonly<Record<string, string>>
  readonly serviceDatabase?: string
  systemctl?(args: readonly string[]): SystemctlResult
}

const DOWN = { SERVER_HOST: '127.0.0.1', CONTROL_HOST: '127.0.0.1' }

/** Settings under which no server runs, and thermostats are told a usual address. */
export async function nothingRuns(database: string): Promise<Record<string, string>> {
  return {
    ...DOWN,
    SQLITE3_DB_PATH: database,
    SERVER_PORT: String(await closedPort()),
    CONTROL_PORT: String(await closedPort()),
    API_ORIGIN: 'http://192.168.1.5:8000',
  }
}

/** Runs `nle setup` on a made-up machine, and returns what it did there. */
export async function setUp(options: ShellOptions, machine: SetupHost = {}, args: string[] = []) {
  const { executable = '/usr/local/bin/nle' } = machine
  const files = new Map(Object.entries({ [executable]: '', ...machine.files }))
  const calls: string[] = []
  const host: ServiceHost = {
    booted: () => machine.booted ?? true,
    isRoot: () => machine.root ?? true,
    executable: () => executable,
    exists: (path) => files.has(path) || (path.endsWith('.sqlite') && existsSync(path)),
    homeDatabases: () => [],
    serviceDatabase: machine.serviceDatabase ?? '/nonexistent/nle.sqlite',
    read: (path) => files.get(path),
    write: (path, text) => files.set(path, text),
    copyProgram: (from, to) => files.set(to, `copy of ${from}`),
    remove: (path) => files.delete(path),
    async systemctl(...args) {
      calls.push(args.join(' '))
      return machine.systemctl?.(args) ?? { exitCode: 0, stdout: '', stderr: '' }
    },
  }
  const { io, said } = shellIo({ interactive: true, ...options })
  const program = new Command('nle').exitOverride()
  registerSetup(program, io, host)
  let error: NleError | undefined
  try {
    await program.parseAsync(['setup', ...args], { from: 'user' })
  } catch (thrown) {
    if (!(thrown instanceof NleError)) throw thrown
    error = thrown
  }
  const exitCode = error === undefined ? (io.exitCode ?? 0) : ERROR_CODES[error.code].exit
  return { exitCode, error, files, calls, ...said }
}

/** A program that has a port of this machine. */
export async function portTaken(t: { teardown(end: () => unknown): void }): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const DOWN_KEY = '\x1b[B'
/** The keys for the second choice, the third … */
export const SECOND = `${DOWN_KEY}\r`
export const THIRD = `${DOWN_KEY}${DOWN_KEY}\r`
export const CTRL_C = '\x03'
