import { announcementIn, CHANNEL } from './announcements.ts'
import type { EngineTime } from './engine-time.ts'
import type { Connections } from './pools.ts'

/** The connection sends itself a message each time, and fails when none came back since the time before. */
const HEARTBEAT_MS = 5_000
/** The pause before it is made anew. */
const RECONNECT_MS = 500

type Client = ReturnType<Connections['direct']>

/** What is told to whoever uses the direct connection. */
export interface DirectEvents {
  /** Another process wrote these: serial → version, 0 for one that was removed. */
  heard(versions: ReadonlyMap<string, number>): void
  /**
   * It is connected, and hears everything from now on.
   *
   * @param untilMs - until when it surely has before; undefined for the first connection
   */
  connected(untilMs: number | undefined): void
  /** It failed, and with it every lock that it had. */
  lost(): void
}

/**
 * A connection of its own, past any pooler: it listens to what other processes write, and has the locks of jobs. It is
 * never in a transaction, in which it would hear nothing.
 */
export class DirectConnection {
  readonly #connections: Connections
  readonly #processId: string
  readonly #time: EngineTime
  readonly #events: DirectEvents
  readonly #beatChannel: string
  #client: Client | undefined
  /** The last statement: a connection runs one at a time. */
  #asked: Promise<unknown> = Promise.resolve()
  #hasBeaten = false
  /** Everything that was said until then was heard, on the engine's clock. */
  #heardUntilMs: number | undefined
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined

  constructor(connections: Connections, processId: string, time: EngineTime, events: DirectEvents) {
    this.#connections = connections
    this.#processId = processId
    this.#time = time
    this.#events = events
    this.#beatChannel = `nle_beat_${processId}`
  }

  /** Connects, and goes on until `stop`. */
  start(): void {
    this.#running ??= this.#run()
  }

  /** Runs a statement on this connection after those before it; rejects while there is none. */
  ask<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const asked = this.#asked.then(async () => {
      if (this.#client === undefined) throw new Error('there is no direct connection')
      const { rows } = await this.#client.query(text, [...values])
      return rows as Row[]
    })
    this.#asked = asked.catch(() => {})
    return asked
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await this.#connectAndListen()
      } catch {
        // The next attempt follows; queries of others report what is wrong.
      }
      await this.#time.wait(RECONNECT_MS, signal)
    }
  }

  /** Returns when the connection has failed, or at the end. */
  async #connectAndListen(): Promise<void> {
    const client = this.#connections.direct()
    const failure = new AbortController()
    const over = AbortSignal.any([failure.signal, this.#stop.signal])
    const failed = (): void => {
      this.#drop(client)
      failure.abort()
    }
    client.on('error', failed)
    client.on('end', failed)
    client.on('notification', ({ channel, payload = '' }) => {
      if (channel === CHANNEL) this.#hear(payload)
      else this.#hasBeaten = true
    })
    try {
      await client.connect()
      const { rows } = await client.query<{ isStandby: boolean }>(
        'SELECT pg_is_in_recovery() AS "isStandby"',
      )
      if (rows[0]?.isStandby !== false) throw new Error('it is a standby')
      const beganMs = this.#time.steadyMs()
      await client.query(`LISTEN ${CHANNEL}; LISTEN ${this.#beatChannel}`)
      this.#client = client
      this.#events.connected(this.#heardUntilMs)
      this.#heardUntilMs = beganMs
      while (!over.aborted) {
        this.#hasBeaten = false
        const beatMs = this.#time.steadyMs()
        await this.ask(`NOTIFY ${this.#beatChannel}`)
        await this.#time.wait(HEARTBEAT_MS, over)
        if (!this.#hasBeaten) break
        this.#heardUntilMs = beatMs
      }
    } finally {
      this.#drop(client)
      // It may not answer any more.
      client.end().catch(() => {})
    }
  }

  #drop(client: Client): void {
    if (this.#client !== client) return
    this.#client = undefined
    this.#events.lost()
  }

  #hear(payload: string): void {
    const { processId, versions } = announcementIn(payload)
    if (processId !== this.#processId) this.#events.heard(versions)
  }
}
