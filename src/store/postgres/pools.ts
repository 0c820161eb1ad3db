import pg from 'pg'
import { type EngineTime, PATIENCE_MS, PAUSE_MS } from './engine-time.ts'
import { DatabaseFault } from './faults.ts'

/** Connections for queries beside the one transaction that writes. */
const READERS = 4
/** One for decisions, one for everything else that is written. */
const WRITERS = 2
/** The history, which may take its time. */
const IN_BACKGROUND = 1
const CONNECT_MS = 2_000
/** After this time without an answer a connection is given up. */
const WRITE_MS = 5_000
const READ_MS = 5_000
/** The same for lists of all thermostats, which take longer to read. */
export const LIST_MS = 30_000
/** PostgreSQL says first that it gives up, and why. */
const LATER_MS = 1_000
/** A connection that PostgreSQL has not heard of for so long ends, and with it the locks of its transaction. */
const IDLE_IN_TRANSACTION_MS = 5_000

const INT8 = 20

/**
 * What each connection that writes is told first. A weaker `synchronous_commit` of the role or the database would lose
 * what was acknowledged.
 */
const WRITER_SETTINGS = `
  SET lock_timeout = '2s';
  SET statement_timeout = '${WRITE_MS}ms';
  SET idle_in_transaction_session_timeout = '${IDLE_IN_TRANSACTION_MS}ms';
  SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply');`

/** Runs a statement inside a transaction. */
export type Query = <Row = unknown>(text: string, values?: readonly unknown[]) => Promise<Row[]>

/** The connections of this process to the database. */
export class Connections {
  readonly #url: string
  readonly #readers: pg.Pool
  readonly #writers: pg.Pool
  readonly #background: pg.Pool
  readonly #time: EngineTime
  /** When the first read failed that none has followed which succeeded, on the steady clock. */
  #awaySinceMs: number | undefined
  /** The looking for a database that is away; one for all who wait for it. */
  #looking: Promise<boolean> | undefined
  readonly #closing = new AbortController()

  constructor(url: string, time: EngineTime) {
    this.#url = url
    this.#time = time
    this.#readers = pool(url, READERS, '')
    this.#writers = pool(url, WRITERS, WRITER_SETTINGS)
    this.#background = pool(url, IN_BACKGROUND, WRITER_SETTINGS)
  }

  /**
   * Reads. A database that is away is waited for, `PATIENCE_MS` from the first failure on: it may restart. When it
   * stays away, reads fail at once.
   *
   * @throws DatabaseFault
   */
  async read<Row>(
    text: string,
    values: readonly unknown[] = [],
    limitMs: number = READ_MS,
  ): Promise<Row[]> {
    const begunAtMs = this.#time.steadyMs()
    for (;;) {
      try {
        const rows = await this.readAtOnce<Row>(text, values, limitMs)
        this.#awaySinceMs = undefined
        return rows
      } catch (error) {
        const isAway = error instanceof DatabaseFault && error.isAway
        if (!isAway || !(await this.#comesBack(begunAtMs))) throw error
      }
    }
  }

  /** Whether the database is back within `PATIENCE_MS` of its first failure, and of the beginning of this read. */
  #comesBack(begunAtMs: number): Promise<boolean> {
    this.#awaySinceMs ??= begunAtMs
    const untilMs = this.#awaySinceMs + PATIENCE_MS
    const isOver = this.#time.steadyMs() >= Math.min(untilMs, begunAtMs + PATIENCE_MS)
    if (isOver || this.#closing.signal.aborted) return Promise.resolve(false)
    this.#looking ??= this.#look(untilMs)
    return this.#looking
  }

  async #look(untilMs: number): Promise<boolean> {
    const { signal } = this.#closing
    let isBack = false
    while (!isBack && !signal.aborted && this.#time.steadyMs() < untilMs) {
      await this.#time.wait(PAUSE_MS, signal)
      isBack = await this.readAtOnce('SELECT').then(
        () => true,
        () => false,
      )
    }
    if (isBack) this.#awaySinceMs = undefined
    this.#looking = undefined
    return isBack
  }

  /** Reads; does not wait for a database that is away. @throws DatabaseFault */
  async readAtOnce<Row>(
    text: string,
    values: readonly unknown[] = [],
    limitMs: number = READ_MS,
  ): Promise<Row[]> {
    const client = await connected(this.#readers)
    let isUsable = false
    try {
      const rows = await ask<Row>(client, text, values, limitMs)
      if (readOnly.has(client)) throw new DatabaseFault(takesNoWrites())
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
    writers = this.#writers,
  ): Promise<T> {
    const client = await connected(writers)
    let isUsable = false
    try {
      await ask(client, 'BEGIN')
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

  /** The same on a connection that nobody waits for. */
  inBackground<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.transaction(work, () => {}, this.#background)
  }

  /** A connection of its own, which is not a pool's: what it locks and hears is gone with it. */
  direct(): pg.Client {
    return new pg.Client({ ...common(this.#url), query_timeout: WRITE_MS + LATER_MS })
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all([this.#readers, this.#writers, this.#background].map((each) => each.end()))
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

function pool(url: string, max: number, settings: string): pg.Pool {
  const made = new pg.Pool({
    ...common(url),
    max,
    // Statements that do not need each other's results go out together.
    pipeline: true,
    query_timeout: WRITE_MS + LATER_MS,
    // Not `verify`: with that, a client for which somebody has waited too long is never given back.
    onConnect: (client) => prepare(client, settings),
  })
  // A connection that fails is replaced by the next one. Who waits for its answer hears of it by its query.
  made.on('error', () => {})
  made.on('connect', (client) => {
    client.on('error', () => {})
    client.connection.on('parameterStatus', ({ parameterName, parameterValue }: Parameter) => {
      if (!READ_ONLY.includes(parameterName)) return
      if (parameterValue === 'on') readOnly.add(client)
      else readOnly.delete(client)
    })
  })
  return made
}

interface Parameter {
  readonly parameterName: string
  readonly parameterValue: string
}

/** PostgreSQL tells of these with the answer to the first query after they have changed. */
const READ_ONLY = ['in_hot_standby', 'default_transaction_read_only']
const readOnly = new WeakSet<pg.ClientBase>()

function takesNoWrites(): Error {
  return new Error('it takes no writes')
}

/**
 * Sets up a new connection. A standby, or a primary that was made one, is refused: it shows a past in which nothing can
 * be decided.
 */
async function prepare(client: pg.ClientBase, settings: string): Promise<void> {
  const results: unknown = await client.query(
    within(CONNECT_MS, `${settings} SHOW transaction_read_only`),
  )
  // Of several statements there are several results.
  const shown = [results].flat().at(-1) as pg.QueryResult<{ transaction_read_only: string }>
  if (shown.rows[0]?.transaction_read_only === 'on') throw takesNoWrites()
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
  limitMs?: number,
): Promise<Row[]> {
  try {
    const { rows } = await client.query<Row & pg.QueryResultRow>(within(limitMs, text, values))
    return rows
  } catch (error) {
    throw new DatabaseFault(error)
  }
}

const NAMES = new Map<string, string>()

/** A statement with a name is parsed and planned once for each connection. There are few: their texts are constants. */
function nameOf(text: string): string {
  const name = NAMES.get(text) ?? `nle_${NAMES.size}`
  NAMES.set(text, name)
  return name
}

/** A query that is given up after this time; without one, after the time of the connection. */
function within(
  limitMs: number | undefined,
  text: string,
  values?: readonly unknown[],
): pg.QueryConfig {
  const limit = limitMs === undefined ? {} : { query_timeout: limitMs }
  const named = values === undefined ? {} : { name: nameOf(text), values: [...values] }
  return { text, ...named, ...limit }
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
