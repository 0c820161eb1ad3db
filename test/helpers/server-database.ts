import { PostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { newDatabase, runSql } from './postgres.ts'

/** Has the tables of nle already: a copy of it is there sooner than they are made. */
const PREPARED = 'nle_prepared'

/** Makes what `serverDatabase` copies, once for each PostgreSQL. */
export async function prepareDatabase(url: string): Promise<void> {
  await runSql(url, `CREATE DATABASE ${PREPARED}`)
  const store = await PostgresStore.open(url.replace(/[^/]*$/, PREPARED))
  await store.close()
}

/** A database for one server. */
export async function serverDatabase(
  url: string,
): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const own = await newDatabase(url, PREPARED)
  return {
    url: own,
    drop: () => runSql(url, `DROP DATABASE ${own.slice(url.lastIndexOf('/') + 1)}`),
  }
}
