import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'

export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: JsonObject
}

/** A real HTTP server that people would have their notifications sent to. */
export class ReceiverServer {
  readonly received: Received[] = []
  /** How it answers; a test sets it. */
  answer: (response: ServerResponse) => void = (response) => response.end()
  readonly #waiting: (() => void)[] = []
  url = ''

  static async start(t: Test): Promise<ReceiverServer> {
    const receiver = new ReceiverServer()
    const server = createServer(async (request, response) => {
      const said = await text(request)
      receiver.received.push({
        path: request.url ?? '',
        headers: request.headers,
        text: said,
        body: JSON.parse(said) as JsonObject,
      })
      receiver.answer(response)
      for (const look of receiver.#waiting.splice(0)) look()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
    return receiver
  }

  /** Resolves once it has received so many. */
  async has(count: number): Promise<readonly Received[]> {
    while (this.received.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    return this.received
  }

  /** `event state` of everything that it has received. */
  get told(): string[] {
    return this.received.map(({ body }) => `${body.event} ${body.state}`)
  }
}
