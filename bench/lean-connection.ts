import { connect, type Socket } from 'node:net'

/** Between which addresses a connection goes; over loopback when it says nothing. */
export interface Route {
  readonly host?: string
  readonly localAddress?: string
}

const CLIENTS_PER_ADDRESS = 100

/** The way of the n-th client: no address has so many that nle keeps places for others. */
export function routeOf(n: number): Route {
  const address = Math.floor(n / CLIENTS_PER_ADDRESS)
  return { localAddress: `127.0.${Math.floor(address / 200)}.${1 + (address % 200)}` }
}

export interface Reply {
  readonly status: number
  readonly body: string
}

/** Called with the parts of a held response. */
export interface HoldListener {
  /** Status line and headers have arrived. */
  head(status: number): void
  chunk(document: string): void
  /** The response was finished cleanly. */
  end(): void
  failed(error: Error): void
}

interface Reader {
  head(status: number): void
  body(text: string): void
  end(): void
  failed(error: Error): void
}

/**
 * One HTTP/1.1 connection with one exchange at a time. It computes as little as possible, because on a
 * small machine the client takes CPU time from the measured server. ASCII bodies only.
 */
export class LeanConnection {
  readonly #socket: Socket
  #text = ''
  #reader: Reader | undefined
  /** Why nothing more can be sent. */
  #broken: Error | undefined
  #state: 'head' | 'body' | 'chunks' = 'head'
  #left = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      this.#text = this.#text === '' ? text : this.#text + text
      this.#read()
    })
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the server closed the connection')))
  }

  /** @param at - a port of this machine, or the path of a socket */
  static open(at: number | string, route: Route = {}): Promise<LeanConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(
        typeof at === 'string' ? { path: at } : { port: at, host: '127.0.0.1', ...route },
      )
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(new LeanConnection(socket))
      })
    })
  }

  /** Sends a request and resolves to the whole answer. */
  ask(request: string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      let status = 0
      let body = ''
      this.#send(request, {
        head: (given) => {
          status = given
        },
        body: (text) => {
          body += text
        },
        end: () => resolve({ status, body }),
        failed: reject,
      })
    })
  }

  /** Sends a request whose answer is held, and reports its parts. */
  hold(request: string, listener: HoldListener): void {
    this.#send(request, {
      head: (status) => listener.head(status),
      body: (text) => listener.chunk(text),
      end: () => listener.end(),
      failed: (error) => listener.failed(error),
    })
  }

  close(): void {
    this.#reader = undefined
    this.#socket.destroy()
  }

  #send(request: string, reader: Reader): void {
    if (this.#reader !== undefined) throw new Error('the last exchange is not over')
    if (this.#broken !== undefined) {
      reader.failed(this.#broken)
      return
    }
    this.#reader = reader
    this.#state = 'head'
    this.#socket.write(request, 'latin1')
  }

  #read(): void {
    while (this.#reader !== undefined) {
      if (this.#state === 'head') {
        const end = this.#text.indexOf('\r\n\r\n')
        if (end < 0) return
        const head = this.#text.slice(0, end).toLowerCase()
        this.#text = this.#text.slice(end + 4)
        const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1]
        this.#left = Number(length ?? 0)
        this.#state = length === undefined && head.includes('chunked') ? 'chunks' : 'body'
        this.#reader.head(Number(head.slice(9, 12)))
      } else if (this.#state === 'body') {
        if (this.#text.length < this.#left) return
        const body = this.#text.slice(0, this.#left)
        this.#text = this.#text.slice(this.#left)
        this.#reader.body(body)
        this.#over()
      } else {
        const line = this.#text.indexOf('\r\n')
        if (line < 0) return
        const size = Number.parseInt(this.#text.slice(0, line), 16)
        if (this.#text.length < line + size + 4) return
        const chunk = this.#text.slice(line + 2, line + 2 + size)
        this.#text = this.#text.slice(line + size + 4)
        if (size === 0) this.#over()
        else this.#reader.body(chunk)
      }
    }
  }

  #over(): void {
    const reader = this.#reader
    this.#reader = undefined
    reader?.end()
  }

  #fail(error: Error): void {
    this.#broken ??= error
    const reader = this.#reader
    this.#reader = undefined
    reader?.failed(error)
  }
}
