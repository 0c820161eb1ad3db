import { connect, type Socket } from 'node:net'
import { routeOf } from './lean-connection.ts'
import { httpRequest } from './thermostat.ts'

/** A browser or a plugin that follows `GET /api/events?detail=1`. It only looks for what it is told to look for. */
export class Dashboard {
  readonly #socket: Socket
  #marker = '\0'
  #seen: (() => void) | undefined
  #text = ''

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => this.#look(text))
    socket.on('error', () => {})
  }

  /** Resolves when the n-th stream is open; to undefined when the server has no place for it. */
  static open(port: number, n: number): Promise<Dashboard | undefined> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', ...routeOf(n) })
      socket.once('error', reject)
      socket.write(httpRequest('GET', '/api/events?detail=1'))
      socket.once('data', (head) => {
        socket.off('error', reject)
        if (head.includes('HTTP/1.1 200')) return resolve(new Dashboard(socket))
        socket.destroy()
        resolve(undefined)
      })
    })
  }

  /** Calls `seen` once, when the text arrives. */
  lookFor(marker: string, seen: () => void): void {
    this.#marker = marker
    this.#seen = seen
  }

  /** Reads nothing from now on. */
  freeze(): void {
    this.#socket.pause()
  }

  close(): void {
    this.#socket.destroy()
  }

  #look(text: string): void {
    if (this.#seen === undefined) return
    // The marker may be in two pieces.
    const all = this.#text + text
    this.#text = all.slice(-this.#marker.length)
    if (!all.includes(this.#marker)) return
    const seen = this.#seen
    this.#seen = undefined
    this.#text = ''
    seen()
  }
}
