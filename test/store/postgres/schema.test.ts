import t, { type Test } from 'tap'
import { SYSTEM_TIME } from '../../../src/store/postgres/engine-time.ts'
import { Connections } from '../../../src/store/postgres/pools.ts'
import { PostgresStore } from '../../../src/store/postgres/postgres-store.ts'
import {
  prepareSchema,
  SCHEMA_STEPS,
  type SchemaStep,
} from '../../../src/store/postgres/prepare-schema.ts'
import { NO_POSTGRES, startPostgres } from '../../helpers/postgres.ts'
import { decide, meet, putBucket } from '../../helpers/seed-store.ts'
import { NOW_MS, SERIAL } from '../store-suite.ts'

/** A column, as a program depends on it. */
interface Column {
  readonly name: string
  readonly type: string
  /** Whether a row may leave it out. */
  readonly isOptional: boolean
}

/** Everything else that a program of the version before could run into, as text. */
interface Shape {
  readonly columns: readonly Column[]
  readonly rules: readonly string[]
}

/** What the version after this one might do. */
function next(version: number): SchemaStep {
  return {
    name: `step ${version}`,
    since: version - 1,
    sql: `ALTER TABLE thermostats ADD COLUMN of_${version} integer NOT NULL DEFAULT 7;
      CREATE TABLE of_${version} (id integer PRIMARY KEY)`,
  }
}

t.test('two versions in a row work on one database', { skip: NO_POSTGRES }, async (t) => {
  const postgres = await startPostgres(t)
  const connected = async (t: Test): Promise<{ url: string; connections: Connections }> => {
    const url = await postgres.database()
    const connections = new Connections(url, SYSTEM_TIME)
    t.teardown(() => connections.close())
    return { url, connections }
  }
  const newest = SCHEMA_STEPS.length

  t.test('each step lets the version before it go on', async (t) => {
    const { connections } = await connected(t)
    for (const [index, { since, name }] of SCHEMA_STEPS.entries()) {
      const before = await shape(connections)
      await prepareSchema(connections, SCHEMA_STEPS.slice(0, index + 1))
      t.equal(since, Math.max(1, index), `"${name}" says so`)
      const after = await shape(connections)
      t.strictSame(missing(before.columns, after.columns), [], 'no column is gone or different')
      t.strictSame(missing(before.rules, after.rules), [], 'no key or index is gone')
      const tables = new Set(before.columns.map((column) => tableOf(column.name)))
      const added = missing(after.columns, before.columns)
      t.strictSame(
        added.filter((column) => tables.has(tableOf(column.name)) && !column.isOptional),
        [],
        'new columns of old tables may be left out',
      )
      t.strictSame(
        missing(after.rules, before.rules).filter((rule) => tables.has(tableOf(rule))),
        [],
        'no new rule forbids what was allowed',
      )
    }
  })

  t.test('a server goes on while a newer one adds to the schema, and starts on it', async (t) => {
    const { url, connections } = await connected(t)
    const running = await PostgresStore.open(url)
    t.teardown(() => running.close())
    await meet(running, SERIAL, NOW_MS)
    await prepareSchema(connections, [...SCHEMA_STEPS, next(newest + 1)])
    await putBucket(running, SERIAL, `shared.${SERIAL}`, { name: 'Den' })
    const started = await PostgresStore.open(url)
    t.teardown(() => started.close())
    await meet(started, '02AA01AC00000002', NOW_MS)
    await decide(started, SERIAL, (draft) =>
      draft.setOwner({ userId: 'anna', createdAtMs: NOW_MS }),
    )
    t.match(await running.load(SERIAL), { owner: { userId: 'anna' } })
    t.equal((await running.serials()).length, 2)
  })

  t.test('a server refuses a schema that is two versions newer, and changes nothing', async (t) => {
    const { url, connections } = await connected(t)
    await prepareSchema(connections, [...SCHEMA_STEPS, next(newest + 1), next(newest + 2)])
    const before = await shape(connections)
    await t.rejects(PostgresStore.open(url), {
      code: 'unfit',
      message: /brought up to date by nle \S+, and nle \S+ is too old.*Update nle on this machine/,
    })
    t.strictSame(await shape(connections), before)
  })
})

/** The tables of a database: names begin with that of their table. */
async function shape(connections: Connections): Promise<Shape> {
  const columns = await connections.read<Column>(
    `SELECT table_name || '.' || column_name AS name,
       data_type || coalesce(collation_name, '') AS type,
       is_nullable = 'YES' OR column_default IS NOT NULL OR is_identity = 'YES' AS "isOptional"
     FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1`,
  )
  const rules = await connections.read<{ rule: string }>(
    `SELECT conrelid::regclass || '.' || pg_get_constraintdef(oid) AS rule
       FROM pg_constraint WHERE connamespace = 'public'::regnamespace
     UNION SELECT tablename || '.' || indexdef FROM pg_indexes
       WHERE schemaname = 'public' AND indexdef LIKE 'CREATE UNIQUE%'
     UNION SELECT event_object_table || '.' || trigger_name FROM information_schema.triggers
     ORDER BY 1`,
  )
  return { columns, rules: rules.map(({ rule }) => rule) }
}

function tableOf(name: string): string {
  return name.slice(0, name.indexOf('.'))
}

/** What is in the one and not in the other. */
function missing<T>(of: readonly T[], other: readonly T[]): T[] {
  const there = new Set(other.map((each) => JSON.stringify(each)))
  return of.filter((each) => !there.has(JSON.stringify(each)))
}
