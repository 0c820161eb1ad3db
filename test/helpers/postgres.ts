import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
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
}

/** The data is gone with the test. */
const IN_TESTS = ['fsync=off', 'shared_buffers=32MB']

/** Starts a PostgreSQL on a free port, as an unprivileged user; it ends with the test. */
export async function startPostgres(
  t: Pick<Test, 'teardown'>,
  settings: readonly string[] = IN_TESTS,
): Promise<TestPostgres> {
  const port = await freePort()
  const home = mkdtempSync(join(tmpdir(), 'nle-pg-'))
  const data = join(home, 'data')
  mkdirSync(data)
  const user = process.getuid?.() === 0 ? unprivileged() : undefined
  if (user !== undefined) for (const each of [home, data]) chownSync(each, user.uid, user.gid)
  const run = (program: string, args: readonly string[]): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = spawn(join(BIN ?? '', program), args, { stdio: 'ignore', cwd: home, ...user })
      child.on('error', reject)
      child.on('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`)),
      )
    })
  await run('initdb', [
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
  const options = [
    `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`,
    ...[...settings, 'max_connections=200'].map((each) => `-c ${each}`),
  ].join(' ')
  const start = (): Promise<void> =>
    run('pg_ctl', ['-D', data, '-l', join(home, 'log'), '-o', options, '-w', 'start'])
  const stop = (how: string): Promise<void> => run('pg_ctl', ['-D', data, '-m', how, '-w', 'stop'])
  await start()
  t.teardown(async () => {
    // A test may have stopped it.
    await stop('immediate').catch(() => {})
    rmSync(home, { recursive: true, force: true })
  })
  const address = (name: string): string => `postgres://postgres@127.0.0.1:${port}/${name}`
  return {
    port,
    get pid() {
      return Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
    },
    url: address('postgres'),
    database: () => newDatabase(address('postgres')),
    run: runSql,
    start,
    stop,
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
