import pg from 'pg'
import { PostgresStore } from '../src/store/postgres/postgres-store.ts'
import { startPostgres, type TestPostgres } from '../test/helpers/postgres.ts'
import { seedStore } from './seed.ts'
import { childrenOf, cpuOf } from './server-process.ts'

/** As on a server: what was acknowledged is on disk. */
export const DATABASE_SETTINGS = ['shared_buffers=128MB', 'max_wal_size=4GB']

/** What a database has used since it started. */
export interface DatabaseUse {
  /** CPU time of all its processes. */
  readonly cpuS: number
  readonly walBytes: number
}

type Owner = Parameters<typeof startPostgres>[0]

/** Runs `work` with a PostgreSQL, which is stopped afterwards. */
export async function withPostgres<T>(
  work: (postgres: TestPostgres, owner: Owner) => Promise<T>,
): Promise<T> {
  const ends: (() => unknown)[] = []
  const owner: Owner = {
    teardown: (end) => {
      if (typeof end === 'function') ends.push(end as () => unknown)
    },
  }
  try {
    return await work(await startPostgres(owner, DATABASE_SETTINGS), owner)
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

/** A new database with nle's tables and this many paired thermostats. */
export async function seededDatabase(postgres: TestPostgres, thermostats: number): Promise<string> {
  const url = await postgres.database()
  const store = await PostgresStore.open(url)
  await seedStore(store, thermostats)
  await store.close()
  return url
}

/** The first row that a query finds. */
export async function askDatabase<Row>(url: string, sql: string): Promise<Row> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query(sql)
    return rows[0]
  } finally {
    await client.end()
  }
}

export async function useOf({ pid, url }: TestPostgres): Promise<DatabaseUse> {
  const { bytes } = await askDatabase<{ bytes: string }>(
    url,
    `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') AS bytes`,
  )
  return { cpuS: cpuOfAll(pid), walBytes: Number(bytes) }
}

/** CPU time of a process, of its children, and of those that have ended. */
function cpuOfAll(pid: number): number {
  const { ownS, endedS } = cpuOf(pid)
  return childrenOf(pid).reduce((sum, child) => {
    try {
      return sum + cpuOf(child).ownS
    } catch {
      // It has ended meanwhile.
      return sum
    }
  }, ownS + endedS)
}
