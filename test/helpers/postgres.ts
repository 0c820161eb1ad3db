import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Test } from 'tap'

/** Where Debian's packages have the programs of PostgreSQL. */
const BIN = ['18', '17', '16', '15', '14']
  .map((version) => `/usr/lib/postgresql/${version}/bin`)
  .find((folder) => existsSync(join(folder, 'initdb')))

/** How a database is copied soonest; PostgreSQL 14 knows no other way. */
const COPYING = BIN?.includes('/14/') === true ? '' : ' STRATEGY file_copy'

/** Why tests that need PostgreSQL are skipped; false where it is installed. */
export const NO_POSTGRES: string | false =
  BIN === undefined ? 'PostgreSQL is not installed (apt-get install postgresql)' : false

/** A PostgreSQL of one test file. */
export interface TestPostgres {
  readonly port: number
  /** The process that started all others. */
  readonly pid: number
  /** Of the database that every PostgreSQL has. */
  readonly url: string
  /** A new database in it. */
  database(): Promise<string>
  readonly run: typeof runSql
  start(): Promise<void>
  /** Ends it at once, as a crash does, or politely. */
  stop(how: 'immediate' | 'fast'): Promise<void>
  /** Makes a standby the primary. */
  promote(): Promise<void>
}

/** The data is gone with the test. */
const IN_TESTS = ['fsync=off', 'full_page_writes=off', 'autovacuum=off', 'shared_buffers=32MB']

/** Starts a PostgreSQL on a free port, as an unprivileged user; it ends with the test. */
export async function startPostgres(
  t: Pick<Test, 'teardown'>,
  settings: readonly string[] = IN_TESTS,
): Promise<TestPostgres> {
  const machine = new Machine(t, await freePort(), settings)
  const { data } = machine
  await machine.run('initdb', [
    '-D',
    data,
    '-A',
    'trust',
    '-U',
    'postgres',
    '-N',
    '-E',
    'UTF8',
    '--locale=C',
  ])
  return machine.serve()
}

/** How a standby is started. */
export interface StandbyOptions {
  readonly settings: readonly string[]
  /** The port of a machine that was there before; a free one otherwise. */
  readonly port?: number
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a standby of a PostgreSQL; it ends with the test. */
export async function startStandby(
  t: Pick<Test, 'teardown'>,
  primary: TestPostgres,
  { settings, port, env }: StandbyOptions,
): Promise<TestPostgres> {
  const machine = new Machine(t, port ?? (await freePort()), settings, env)
  const from = ['-h', '127.0.0.1', '-p', String(primary.port), '-U', 'postgres']
  await machine.run('pg_basebackup', [
    '-D',
    machine.data,
    ...from,
    '-R',
    '-X',
    'stream',
    '-c',
    'fast',
  ])
  // It has no standby itself when it is promoted.
  const file = join(machine.data, 'postgresql.auto.conf')
  const lines = readFileSync(file, 'utf8').split('\n')
  writeFileSync(file, lines.filter((line) => !line.startsWith('synchronous_standby')).join('\n'))
  return machine.serve()
}

/** A folder and a port, and the programs of PostgreSQL for them. */
class Machine {
  readonly data: string
  readonly #home: string
  readonly #port: number
  readonly #settings: readonly string[]
  readonly #env: Readonly<Record<string, string>>
  readonly #user = process.getuid?.() === 0 ? unprivileged() : undefined

  constructor(
    t: Pick<Test, 'teardown'>,
    port: number,
    settings: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    this.#home = mkdtempSync(join(tmpdir(), 'nle-pg-'))
    this.data = join(this.#home, 'data')
    this.#port = port
    this.#settings = settings
    this.#env = env
    mkdirSync(this.data, { mode: 0o700 })
    if (this.#user !== undefined) {
      for (const each of [this.#home, this.data]) chownSync(each, this.#user.uid, this.#user.gid)
    }
    t.teardown(async () => {
      // A test may have stopped it.
      await this.#stop('immediate').catch(() => {})
      rmSync(this.#home, { recursive: true, force: true })
    })
  }

  run(program: string, args: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = spawn(join(BIN ?? '', program), args, {
        stdio: 'ignore',
        cwd: this.#home,
        env: { ...process.env, ...this.#env },
        ...this.#user,
      })
      child.on('error', reject)
      child.on('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`)),
      )
    })
  }

  async serve(): Promise<TestPostgres> {
    await this.#start()
    const { data } = this
    const address = (name: string): string => `postgres://postgres@127.0.0.1:${this.#port}/${name}`
    return {
      port: this.#port,
      get pid() {
        return Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
      },
      url: address('postgres'),
      database: () => newDatabase(address('postgres')),
      run: runSql,
      start: () => this.#start(),
      stop: (how) => this.#stop(how),
      promote: () => this.run('pg_ctl', ['-D', data, '-w', 'promote']),
    }
  }

  #start(): Promise<void> {
    const options = [
      `-p ${this.#port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`,
      ...[...this.#settings, 'max_connections=200'].map((each) => `-c ${each}`),
    ].join(' ')
    const log = join(this.#home, 'log')
    return this.run('pg_ctl', ['-D', this.data, '-l', log, '-o', options, '-w', 'start'])
  }

  #stop(how: string): Promise<void> {
    return this.run('pg_ctl', ['-D', this.data, '-m', how, '-w', 'stop'])
  }
}

/** Makes a new database beside this one, a copy of `template` if there is one, and returns its address. */
export async function newDatabase(url: string, template?: string): Promise<string> {
  const name = `nle_${randomBytes(6).toString('hex')}`
  const copied = template === undefined ? '' : ` TEMPLATE ${template}${COPYING}`
  await runSql(url, `CREATE DATABASE ${name}${copied}`)
  return url.replace(/[^/]*$/, name)
}

/** Runs SQL as the administrator, in this database. */
export async function runSql(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

function unprivileged(): { uid: number; gid: number } {
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
