import { connect, type Socket } from 'node:net'
import { type ResponsePart, ResponseReader } from '../../src/virtual/sockets/response-reader.ts'

export interface WireRequest {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

type Head = Extract<ResponsePart, { type: 'headers' }>

/** Sends one request on a connection of its own and keeps every byte that comes back. */
export class Wire {
  readonly parts: ResponsePart[] = []
  /** The bytes so far, as text. */
  raw = ''
  closed = false
  readonly #socket: Socket
  readonly #reader = new ResponseReader()
  readonly #waiters = new Set<() => void>()

  constructor(origin: string, { method, path, headers = {}, body = '' }: WireRequest) {
    const { hostname, port, host } = new URL(origin)
    this.#socket = connect({ host: hostname, port: Number(port) })
    this.#socket.on('data', (bytes) => {
      this.raw += bytes.toString('utf8')
      this.#take(this.#reader.feed(bytes))
    })
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => {
      this.closed = true
      this.#take(this.#reader.close())
    })
    const fields = Object.entries({
      Host: host,
      ...(body === '' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
      ...headers,
    })
    const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    this.#socket.write(`${method} ${path} HTTP/1.1\r\n${lines}\r\n${body}`)
  }

  /** Resolves to status and headers once they are here. */
  head(): Promise<Head> {
    return this.waitFor('the headers', () => this.parts.find((part) => part.type === 'headers'))
  }

  get chunks(): string[] {
    return this.parts.flatMap((part) => (part.type === 'chunk' ? [part.text] : []))
  }

  /** The documents in the chunks so far. */
  get documents(): PushedDocument[] {
    return this.chunks.map((text) => JSON.parse(text) as PushedDocument)
  }

  /** Resolves to the n-th pushed document, counted from 1, once it is here. */
  document(n = 1): Promise<PushedDocument> {
    return this.waitFor(`chunk ${n}`, () => {
      const found = this.documents[n - 1]
      if (found === undefined && this.parts.some(({ type }) => type === 'ended')) {
        throw new Error(`The answer ended before chunk ${n}.`)
      }
      return found
    })
  }

  /** Resolves when the answer is over: true for a clean end, false for a broken one. */
  async ended(): Promise<boolean> {
    const last = await this.waitFor('the end', () =>
      this.parts.find(({ type }) => type === 'ended' || type === 'failed'),
    )
    return last.type === 'ended'
  }

  /** Resolves to the whole body as JSON. */
  async json(): Promise<unknown> {
    await this.ended()
    return JSON.parse(this.chunks.join(''))
  }

  /** Resolves to the first result of `look` that is not undefined; never polls. */
  waitFor<T>(what: string, look: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        let found: T | undefined
        try {
          found = look()
        } catch (error) {
          reject(error)
          this.#waiters.delete(check)
          return
        }
        if (found !== undefined) resolve(found)
        else if (this.closed) reject(new Error(`The connection was closed before ${what}.`))
        else return
        this.#waiters.delete(check)
      }
      this.#waiters.add(check)
      check()
    })
  }

  /** Resolves once the connection is closed by either side. */
  whenClosed(): Promise<true> {
    return this.waitFor('its end', () => (this.closed ? true : undefined))
  }

  /** The port on this side. */
  get localPort(): number {
    return this.#socket.localPort ?? 0
  }

  hangUp(): void {
    this.#socket.destroy()
  }

  /** Closes the connection with a reset. */
  reset(): void {
    this.#socket.resetAndDestroy()
  }

  #take(parts: readonly ResponsePart[]): void {
    this.parts.push(...parts)
    for (const look of [...this.#waiters]) look()
  }
}

export interface PushedObject {
  readonly object_revision: number
  readonly object_timestamp: number
  readonly object_key: string
  readonly value: Record<string, unknown>
}

export interface PushedDocument {
  readonly objects: readonly PushedObject[]
}
