import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { entryDocument } from './firmware-harness.ts'

/** A request as the scripted server saw it. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** The least a thermostat needs of a server, for tests of its sockets; it checks no rules. */
export class ScriptedServer {
  readonly seen: Seen[] = []
  /** The held subscribe responses, newest last. */
  readonly held: ServerResponse[] = []
  /** The held polls of v3. */
  readonly polls: ServerResponse[] = []
  passphrase: object
  #revision = 0
  #timestamp: number
  readonly #server = createServer((request, response) => void this.#take(request, response))

  constructor(nowMs: number) {
    this.#timestamp = nowMs
    this.passphrase = { value: 'A3XR7M2', expires: nowMs + 3_600_000 }
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve))
    return this.origin
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Sends one document as one chunk on every held response. */
  push(...objects: readonly [key: string, value: object][]): void {
    const document = {
      objects: objects.map(([object_key, value]) => ({
        object_revision: ++this.#revision,
        object_timestamp: ++this.#timestamp,
        object_key,
        value,
      })),
    }
    for (const response of this.held) response.write(JSON.stringify(document))
  }

  pair(user: string): void {
    this.push([`user.${user}`, { name: user }], ['structure.default', { name: 'Home' }])
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const part of request) body += String(part)
    const { method = '', url: path = '', headers } = request
    this.seen.push({ method, path, headers, body })
    if (path === '/nest/entry') reply(response, entryDocument(this.origin))
    else if (path === '/nest/passphrase') reply(response, this.passphrase)
    else if (path === '/nest/transport') this.#hold(response)
    else if (path === '/nest/transport/put') reply(response, this.#receipts(body))
    else if (path.startsWith('/nest/transport/device/')) reply(response, { objects: [] })
    else if (path.startsWith('/nest/transport/v3/device/')) reply(response, {})
    else if (path === '/nest/transport/v3/put') reply(response, this.#nestedReceipts(body))
    else if (path === '/nest/transport/v3/subscribe') this.#holdPoll(response)
    else reply(response, { error: 'Not found' }, 404)
  }

  #hold(response: ServerResponse): void {
    response.writeHead(200, { 'Transfer-Encoding': 'chunked', ...this.#headers() })
    response.flushHeaders()
    this.held.push(response)
    response.on('close', () => this.held.splice(this.held.indexOf(response), 1))
  }

  /** Answers every held poll of v3 with one bucket (V6). */
  answerPolls(key: string, value: object): void {
    for (const response of this.polls.splice(0)) {
      response.writeHead(200, {
        ...this.#headers(),
        'X-nl-skv-key': key,
        'X-nl-skv-version': String(++this.#revision),
        'X-nl-skv-timestamp': String(++this.#timestamp),
        'Content-Length': String(Buffer.byteLength(JSON.stringify(value))),
      })
      response.end(JSON.stringify(value))
    }
  }

  #holdPoll(response: ServerResponse): void {
    this.polls.push(response)
    response.on('close', () => {
      if (this.polls.includes(response)) this.polls.splice(this.polls.indexOf(response), 1)
    })
  }

  #headers(): Record<string, string> {
    return {
      'X-nl-suspend-time-max': '300',
      'X-nl-service-timestamp': String(this.#timestamp),
      'X-nl-defer-device-window': '15',
    }
  }

  #nestedReceipts(body: string): object {
    const marks = () => ({ $version: ++this.#revision, $timestamp: ++this.#timestamp })
    const nested = Object.entries(JSON.parse(body) as Record<string, object>)
    return Object.fromEntries(
      nested.map(([type, byId]) => [
        type,
        Object.fromEntries(Object.keys(byId).map((id) => [id, marks()])),
      ]),
    )
  }

  #receipts(body: string): object {
    const { session: _session, ...buckets } = JSON.parse(body)
    return {
      objects: Object.keys(buckets).map((object_key) => ({
        object_revision: ++this.#revision,
        object_timestamp: ++this.#timestamp,
        object_key,
      })),
    }
  }
}

function reply(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(JSON.stringify(body))
}
