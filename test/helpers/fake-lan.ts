import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server as TcpServer,
} from 'node:net'
import type { Test } from 'tap'

/** What was entered on a thermostat's settings page. */
export interface Told {
  readonly endpoint?: string
  readonly api_key?: string
}

/** Fake devices on loopback addresses of one test subnet, all on the same port. */
export class FakeLan {
  readonly subnet: string
  port = 0
  /** How many requests each address has had. */
  readonly asked = new Map<string, number>()
  readonly told = new Map<string, Told>()
  readonly #t: Test

  /** @param subnet - such as `127.0.77`; each test file needs its own */
  constructor(t: Test, subnet: string) {
    this.#t = t
    this.subnet = subnet
  }

  address(host: number): string {
    return `${this.subnet}.${host}`
  }

  /** Adds a thermostat's settings page; with a key it changes the server only for requests with it. */
  thermostat(host: number, name: string, server: string, key?: string): Promise<void> {
    return this.page(host, (request, response) => {
      if (request.method === 'GET') {
        response.end(JSON.stringify({ device_name: name, cloudregisterurl: server }))
        return
      }
      void bodyOf(request).then((body: Told) => {
        if (key !== undefined && body.api_key !== key) {
          response.writeHead(401).end('{"status":"unauthorized"}')
          return
        }
        this.told.set(this.address(host), body)
        response.end(JSON.stringify({ device_name: name }))
      })
    })
  }

  /** Adds any HTTP server. */
  page(host: number, answer: RequestListener): Promise<void> {
    const address = this.address(host)
    return this.#listen(
      createServer((request, response) => {
        this.asked.set(address, (this.asked.get(address) ?? 0) + 1)
        answer(request, response)
      }),
      address,
    )
  }

  /** Adds a device that accepts connections and never answers. */
  silent(host: number): Promise<void> {
    const address = this.address(host)
    const server = createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', () => this.asked.set(address, (this.asked.get(address) ?? 0) + 1))
    })
    return this.#listen(server, address)
  }

  async #listen(server: Server | TcpServer, address: string): Promise<void> {
    const open = new Set<{ destroy(): void }>()
    server.on('connection', (socket) => open.add(socket))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: address, port: this.port }, resolve)
    })
    this.port = (server.address() as AddressInfo).port
    this.#t.teardown(() => {
      for (const socket of open) socket.destroy()
      return new Promise((resolve) => server.close(resolve))
    })
  }
}

async function bodyOf(request: IncomingMessage): Promise<Told> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return JSON.parse(text) as Told
}
