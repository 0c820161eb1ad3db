import type { ServerResponse } from 'node:http'
import { NleError } from '../../../errors.ts'
import type { Change } from '../../../protocol/delivery/change.ts'
import { type CommandParts, changeReport } from '../../../protocol/delivery/change-report.ts'
import { LOCAL_CALLER } from '../../../protocol/lan/addresses.ts'
import { mayTake, whoGivesWay } from '../../../protocol/lan/shares.ts'
import type { Timer } from '../../core/clock.ts'
import type { Core } from '../../core/core.ts'
import { nextTurn } from '../../core/turns.ts'
import { writeHead } from '../../http/reply.ts'
import type { StatusTexts } from '../../thermostats/status-texts.ts'
import { EventLog, type LoggedEvent } from './event-log.ts'

/** Readers at once: a handful in one household, and one or more for each household of a server of many. */
export const MAX_READERS = 256
/** Events kept for readers that were disconnected. */
const KEPT_EVENTS = 1024
/** What the reports among them may take, characters. */
const KEPT_LENGTH = 1024 * 1024
const COMMENT_MS = 15_000
/** A slow reader, with more than this unread, is dropped; it reconnects and resumes by its last id. */
const MAX_UNREAD_BYTES = 512 * 1024
/** What a reader that was disconnected is told at most of what it missed. Unlike events, it is its own. */
const MAX_MISSED_BYTES = 128 * 1024
/** Events written before the event loop serves others. */
const PER_TURN = 32
const BLOCK_END = Buffer.from('\n\n')
/** How soon a reader should reconnect. */
const RETRY_MS = 2_000

/** What a reader asks for. */
export interface Asked {
  /** The rate-limit key of its address. */
  readonly key: string
  /** Whether it wants statuses and the states of commands as well. */
  readonly detail: boolean
  /** The id of the last event that it saw. */
  readonly lastId: string | undefined
}

interface Reader extends Pick<Asked, 'key' | 'detail'> {
  readonly response: ServerResponse
  /** Its greeting is written: it is told what happens from now on. */
  isFollowing: boolean
}

/** The readers of `/api/events`, and the events they are sent. */
export class EventStreams {
  readonly #core: Core
  readonly #statusTexts: StatusTexts
  readonly #log: EventLog
  readonly #readers = new Set<Reader>()
  readonly #unsubscribe: readonly (() => void)[]
  #dirtySerials = new Set<string>()
  #movedChanges = new Map<number, Change[]>()
  #flushing = false
  /** The writes to readers, in order: each loads the state that it sends before the next one starts. */
  #turn: Promise<void> = Promise.resolve()
  #timer: Timer | undefined
  #stopped = false

  constructor(core: Core, statusTexts: StatusTexts) {
    this.#core = core
    this.#statusTexts = statusTexts
    this.#log = new EventLog(core.randomInt(2 ** 32).toString(36), KEPT_EVENTS, KEPT_LENGTH)
    const { events } = core
    this.#unsubscribe = [
      events.on('deviceChanged', (serial) => this.#changed(serial)),
      events.on('availabilityChanged', (serial) => this.#changed(serial)),
      events.on('changeMoved', (change) => this.#moved(change)),
    ]
  }

  /**
   * Makes a response a reader: of the events from now on, or from the last one it saw.
   *
   * @throws NleError `rate_limited` for an address that has its share of readers
   */
  open(response: ServerResponse, { key, detail, lastId }: Asked): void {
    this.#makeRoom(key)
    writeHead(response, 200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache',
      'X-Accel-Buffering': 'no',
      // The connection carries nothing but the stream, so both end together.
      Connection: 'close',
    })
    if (this.#stopped || response.destroyed) {
      response.end()
      return
    }
    const reader = { response, key, detail, isFollowing: false }
    this.#readers.add(reader)
    response.on('close', () => this.#readers.delete(reader))
    this.#armTimer()
    // What is dirty now belongs to the readers of before; this one starts after it.
    this.#flush()
    this.#inTurn(async () => {
      const greeting = await this.#greeting(reader, lastId)
      reader.isFollowing = true
      if (!response.destroyed && !response.writableEnded) response.write(greeting)
    })
  }

  /**
   * Finds a place for one more reader of this address. A program on the local socket always gets one, as
   * long as others have any.
   */
  #makeRoom(key: string): void {
    const counts = new Map<string, number>()
    for (const reader of this.#readers) counts.set(reader.key, (counts.get(reader.key) ?? 0) + 1)
    const own = counts.get(key) ?? 0
    const { size } = this.#readers
    const isLocal = key === LOCAL_CALLER
    if (isLocal ? size < MAX_READERS : mayTake(own, size - own, MAX_READERS)) return
    counts.delete(key)
    // For the local socket, a single stream of another address gives way, too.
    const crowded = whoGivesWay(counts, isLocal ? -1 : own)
    const [oldest] = [...this.#readers].filter((reader) => reader.key === crowded)
    if (oldest === undefined) {
      throw new NleError(
        'rate_limited',
        `Too many event streams are open: ${own} from this address, and ${MAX_READERS} at most in all. Close some and try again.`,
        { details: { retryAfterS: 30 } },
      )
    }
    this.#core.log.warn('too many event streams from one address; its oldest make room', {
      address: oldest.key,
    })
    this.#drop(oldest)
  }

  #inTurn(step: () => Promise<void>): void {
    this.#turn = this.#turn
      .then(step)
      .catch((error) => this.#core.health.complain('events could not be told', error))
  }

  /** Whether anybody is told how changes move. */
  get hasReaders(): boolean {
    return this.#readers.size > 0
  }

  /** Ends every stream cleanly; for the end of the process. */
  stop(): void {
    this.#stopped = true
    for (const off of this.#unsubscribe) off()
    if (this.#timer !== undefined) this.#core.clock.clearTimer(this.#timer)
    this.#timer = undefined
    for (const { response } of this.#readers) response.end()
    this.#readers.clear()
  }

  async #greeting(reader: Reader, lastId: string | undefined): Promise<string | Buffer> {
    // An id without data is not an event, but is where the reader goes on should it be cut off.
    const start = `retry: ${RETRY_MS}\nid: ${lastId ?? this.#log.lastId}\n\n`
    if (lastId === undefined) return start
    const missed = this.#log.since(lastId)
    const bytes = missed === undefined ? undefined : await this.#bytesFor(reader.detail, missed)
    if (bytes !== undefined && bytes.length <= MAX_MISSED_BYTES) {
      return Buffer.concat([Buffer.from(start), bytes])
    }
    const data = {
      reason: `what happened since that event is ${bytes === undefined ? 'not known' : 'too much'}; read everything again`,
    }
    const resync = block(this.#log.lastId, 'resync', JSON.stringify(data))
    return Buffer.concat([Buffer.from(`retry: ${RETRY_MS}\n\n`), resync])
  }

  #changed(serial: string): void {
    this.#dirtySerials.add(serial)
    this.#flushSoon()
  }

  #moved(change: Change): void {
    const parts = this.#movedChanges.get(change.commandId) ?? []
    this.#movedChanges.set(change.commandId, [...parts, change])
    this.#flushSoon()
  }

  /** Everything that changes in one turn of the event loop is written together, once to each reader. */
  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  #flush(): void {
    const serials = this.#dirtySerials
    const moved = this.#movedChanges
    if (serials.size + moved.size === 0 || this.#stopped) return
    this.#dirtySerials = new Set()
    this.#movedChanges = new Map()
    this.#inTurn(async () => {
      const events: LoggedEvent[] = []
      for (const [commandId, changes] of moved) {
        const data = await this.#reportOf(commandId, changes)
        const serial = changes[0]?.serial ?? ''
        events.push(this.#log.add({ type: 'change', serial, change: { commandId, data } }))
      }
      for (const serial of serials) {
        events.push(this.#log.add({ type: 'message', serial }))
        events.push(this.#log.add({ type: 'status', serial }))
      }
      await this.#tell(events)
    })
  }

  /** Readers that asked for the same are written the same bytes: they are made once, and a slow reader keeps no copy. */
  async #tell(events: readonly LoggedEvent[]): Promise<void> {
    for (const detail of [false, true]) {
      const readers = [...this.#readers].filter((each) => each.detail === detail)
      if (readers.length === 0) continue
      const bytes = await this.#bytesFor(detail, events)
      if (bytes.length === 0) continue
      for (const reader of readers) if (reader.isFollowing) this.#write(reader, bytes)
    }
  }

  async #bytesFor(detail: boolean, events: readonly LoggedEvent[]): Promise<Buffer> {
    const told = events.filter(({ type }) => detail || type === 'message')
    const blocks: Buffer[] = []
    for (const [n, event] of told.entries()) {
      // A reader that was away may have missed a thousand.
      if (n > 0 && n % PER_TURN === 0) await nextTurn()
      blocks.push(await this.#blockOf(event))
    }
    return Buffer.concat(blocks)
  }

  async #blockOf({ id, type, serial, change }: LoggedEvent): Promise<Buffer> {
    switch (type) {
      case 'message':
        return block(id, undefined, JSON.stringify({ serial }))
      case 'change':
        return block(id, type, change?.data ?? '{}')
      case 'status': {
        const status = await this.#statusTexts.read(serial)
        return status === undefined
          ? block(id, 'removed', JSON.stringify({ serial }))
          : block(id, type, status.json)
      }
    }
  }

  /** The whole command; of a deleted thermostat only what was heard while it went. */
  async #reportOf(commandId: number, heard: readonly Change[]): Promise<string> {
    const stored = await this.#core.store.command(commandId)
    const [first, ...others] = stored.length > 0 ? stored : heard
    if (first === undefined) return '{}'
    const parts: CommandParts = [first, ...others]
    return JSON.stringify(changeReport(parts, this.#core.clock.now()))
  }

  #write(reader: Reader, text: string | Buffer): void {
    const { response } = reader
    if (response.writableLength > MAX_UNREAD_BYTES) {
      this.#drop(reader)
      this.#core.log.warn('a reader of events was too slow and was let go')
      return
    }
    response.write(text)
  }

  #drop(reader: Reader): void {
    this.#readers.delete(reader)
    reader.response.destroy()
  }

  /** A regular comment keeps proxies from closing a quiet stream, and finds dead connections. */
  #armTimer(): void {
    if (this.#timer !== undefined) return
    this.#timer = this.#core.clock.setTimer(COMMENT_MS, () => {
      this.#timer = undefined
      for (const reader of this.#readers) this.#write(reader, ': still here\n\n')
      if (this.#readers.size > 0) this.#armTimer()
    })
  }
}

function block(id: string, event: string | undefined, data: string | Buffer): Buffer {
  const head = `id: ${id}\n${event === undefined ? '' : `event: ${event}\n`}data: `
  return typeof data === 'string'
    ? Buffer.from(`${head}${data}\n\n`)
    : Buffer.concat([Buffer.from(head), data, BLOCK_END])
}
