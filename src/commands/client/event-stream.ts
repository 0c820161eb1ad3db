import { requestTarget } from '../../api/endpoints.ts'
import { NleError } from '../../errors.ts'
import { jsonIn } from '../../protocol/input.ts'
import { tokenOf } from '../options/server-options.ts'
import type { Io } from '../terminal/io.ts'
import { bearer, refusal, type ServerAddress, wayTo, whyFailed } from './http-json.ts'

/** One event of a stream. */
export interface StreamEvent {
  /** `message` when it has no name. */
  readonly type: string
  readonly data: string
}

/** The server writes at least every 15 s; a connection that is silent for this long is dead. */
const SILENCE_MS = 45_000
const CONNECT_TIMEOUT_MS = 10_000

/** Reads the live events of a server, over one connection after another. */
export class EventStream {
  readonly #token: string | undefined
  readonly #stop: AbortSignal
  readonly #parser = new EventParser()

  constructor({ env, stop }: Pick<Io, 'env' | 'stop'>) {
    this.#token = tokenOf(env)
    this.#stop = stop
  }

  /**
   * Reads over one connection, from the last event of the one before.
   *
   * @param connected - called once the server has accepted it
   * @returns when the server ends it, or Ctrl-C was pressed
   * @throws NleError `unreachable` when the connection fails or breaks
   */
  async *connect(server: ServerAddress, connected: () => void): AsyncGenerator<StreamEvent> {
    const { url } = server
    const { request } = await import('undici')
    this.#parser.reset()
    const { lastId } = this.#parser
    try {
      const answer = await request(url + requestTarget('watchEvents', { query: { detail: '1' } }), {
        ...(await wayTo(server)),
        signal: this.#stop,
        headers: {
          accept: 'text/event-stream',
          ...bearer(this.#token),
          ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
        },
        headersTimeout: CONNECT_TIMEOUT_MS,
        bodyTimeout: SILENCE_MS,
        reset: true,
      })
      if (answer.statusCode !== 200) {
        const text = await answer.body.text()
        throw refusal({ status: answer.statusCode, body: jsonIn(text) }, server)
      }
      connected()
      const decoder = new TextDecoder()
      for await (const bytes of answer.body as AsyncIterable<Uint8Array>) {
        yield* this.#parser.push(decoder.decode(bytes, { stream: true }))
      }
    } catch (error) {
      if (this.#stop.aborted) return
      if (error instanceof NleError) throw error
      throw new NleError('unreachable', `${url}: ${whyFailed(error)}.`, { cause: error })
    }
  }
}

/** No server of ours sends a longer event, in characters. */
const MAX_EVENT_LENGTH = 1024 * 1024

/** Reads server-sent events out of text that comes in pieces. */
export class EventParser {
  /** The id to resume from after the connection is lost. */
  lastId: string | undefined
  #rest = ''

  /** The events that this piece completes. */
  push(piece: string): StreamEvent[] {
    const blocks = (this.#rest + piece).replaceAll('\r\n', '\n').split('\n\n')
    this.#rest = blocks.pop() ?? ''
    if (this.#rest.length > MAX_EVENT_LENGTH) this.#rest = ''
    return blocks.flatMap((block) => this.#event(block))
  }

  /** Forgets the unfinished event of a lost connection; the id stays. */
  reset(): void {
    this.#rest = ''
  }

  #event(block: string): StreamEvent[] {
    let type = 'message'
    const data: string[] = []
    for (const line of block.split('\n')) {
      const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
      if (field === 'event') type = value
      else if (field === 'data') data.push(value)
      else if (field === 'id') this.lastId = value
    }
    return data.length === 0 ? [] : [{ type, data: data.join('\n') }]
  }
}
