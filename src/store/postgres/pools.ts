import pg from 'pg'
import { DatabaseFault } from './faults.ts'

/** Connections for queries beside the one transaction that writes. */
const READERS = 4
/** One for decisions, one for everything else that is written. */
const WRITERS = 2
const CONNECT_MS = 2_000
/** After this time without an answer a connection is given up. Lists of all thermostats take longer to read. */
const WRITE_MS = 5_000
const READ_MS = 30_000
/** PostgreSQL says first that it gives up, and why. */
const LATER_MS = 1_000
/** How long the end of all connections may take. */
const CLOSE_MS = 10_000
/** A connection that PostgreSQL has not heard of for so long ends, and with it the locks of its transaction. */
const IDLE_IN_TRANSACTION_MS = 5_000

const INT8 = 20

/**
 * How each transaction begins. These are set here and not once for the connection, because a pooler may give each
 * transaction another one. A weaker `synchronous_commit` would lose what was acknowledged.
 */
const BEGIN = `BEGIN;
  SET LOCAL lock_timeout = '2s';
  SET LOCAL statement_timeout = '${WRITE_MS}ms';
  SET LOCAL idle_in_transaction_session_timeout = '${IDLE_IN_TRANSACTION_MS}ms';
  SELECT set_config('synchronous_commit', 'on', true)
    WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')`

/** Runs a statement inside a transaction. */
export type Query = <Row = unknown>(text: string, values?: readonly unknown[]) => Promise<Row[]>

/** The connections of this process to the database. */
export class Connections {
  readonly #url: string
  readonly #readers: pg.Pool
  readonly #writers: pg.Pool

  constructor(url: string) {
    this.#url = url
    this.#readers = pool(url, READERS, READ_MS)
    this.#writers = pool(url, WRITERS, WRITE_MS)
  }

  /** @throws DatabaseFault */
  async read<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = await connected(this.#readers)
    let isUsable = false
    try {
      const rows = await ask<Row>(client, text, values)
      isUsable = true
      return rows
    } catch (error) {
      isUsable = error instanceof DatabaseFault && !error.isAway
      throw error
    } finally {
      client.release(!isUsable)
    }
  }

  /**
   * Does `work` in a transaction. A connection on which anything failed is given up, unless the transaction could be
   * rolled back.
   *
   * @param commits - called when the commit is sent: if a fault that `isAway` follows, nobody knows whether it happened
   * @throws DatabaseFault
   */
  async transaction<T>(
    work: (query: Query) => Promise<T>,
    commits: () => void = () => {},
  ): Promise<T> {
    const client = await connected(this.#writers)
    let isUsable = false
    try {
      await ask(client, BEGIN)
      const result = await work((text, values) => ask(client, text, values))
      commits()
      await commit(client)
      isUsable = true
      return result
    } catch (error) {
      const isAway = error instanceof DatabaseFault && (error.isAway || error.isUnclear)
      isUsable = !isAway && (await isRolledBack(client))
      throw error
    } finally {
      client.release(!isUsable)
    }
  }

  /** A connection of its own, which is not a pool's: what it locks and hears is gone with it. */
  direct(): pg.Client {
    return new pg.Client({ ...common(this.#url), query_timeout: WRITE_MS + LATER_MS })
  }

  /** Ends them all; one that cannot be ended must not keep the process. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS)
    })
    await Promise.race([Promise.all([this.#readers.end(), this.#writers.end()]), late])
    clearTimeout(timer)
  }
}

function common(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: 'nle',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: {
      getTypeParser: ((oid: number, format?: 'text') =>
        oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as never,
    },
  }
}

function pool(url: string, max: number, queryMs: number): pg.Pool {
  const made = new pg.Pool({
    ...common(url),
    max,
    query_timeout: queryMs + LATER_MS,
    // Not `verify`: with that, a client for which somebody has waited too long is never given back.
    onConnect: refuseStandby,
  })
  // A connection that fails is replaced by the next one. Who waits for its answer hears of it by its query.
  made.on('error', () => {})
  made.on('connect', (client) => client.on('error', () => {}))
  return made
}

/** A standby, or a primary that was made one, shows a past in which nothing can be decided. */
async function refuseStandby(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ transaction_read_only: string }>(
    'SHOW transaction_read_only',
  )
  if (rows[0]?.transaction_read_only === 'on') throw new Error('it takes no writes')
}

async function connected(from: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await from.connect()
  } catch (error) {
    throw new DatabaseFault(error)
  }
}

async function ask<Row>(
  client: pg.ClientBase,
  text: string,
  values?: readonly unknown[],
): Promise<Row[]> {
  try {
    const { rows } = await client.query<Row & pg.QueryResultRow>(text, values && [...values])
    return rows
  } catch (error) {
    throw new DatabaseFault(error)
  }
}

/**
 * Commits. PostgreSQL warns when it stopped waiting for the standby that has to have the transaction, too: it is
 * committed here, but may be lost with this machine, so it must not be acknowledged.
 */
async function commit(client: pg.PoolClient): Promise<void> {
  const warnings: unknown[] = []
  const notice = (each: { severity?: string | undefined }): void => {
    if (each.severity === 'WARNING') warnings.push(each)
  }
  client.on('notice', notice)
  let failure: unknown
  try {
    const { command } = await client.query('COMMIT')
    // After an error in it, PostgreSQL rolls back without another one.
    if (command !== 'COMMIT') failure = new Error('the transaction was rolled back')
  } catch (error) {
    failure = error
  }
  client.off('notice', notice)
  if (warnings.length > 0) {
    throw new DatabaseFault(new Error('no standby has confirmed the transaction'), true)
  }
  if (failure !== undefined) throw new DatabaseFault(failure)
}

async function isRolledBack(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK')
    return true
  } catch {
    return false
  }
}
