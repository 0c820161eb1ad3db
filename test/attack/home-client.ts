import { LeanConnection, type Reply, type Route } from '../../bench/lean-connection.ts'
import type { Listener, Target } from './crowd.ts'
import { SERVER } from './network.ts'

/** One of the household at an address of its own. Each request has a connection of its own. */
export class HomeClient {
  readonly route: Route
  readonly #target: Target

  constructor(target: Target, address: string) {
    this.#target = target
    this.route = { host: SERVER.v4, localAddress: address }
  }

  open(listener: Listener): Promise<LeanConnection> {
    const { devicePort, controlPort } = this.#target
    return LeanConnection.open(listener === 'device' ? devicePort : controlPort, this.route)
  }

  /** Rejects when it is refused. */
  async ask(listener: Listener, request: string): Promise<Reply> {
    const connection = await this.open(listener)
    try {
      const reply = await connection.ask(request)
      if (reply.status !== 200) throw refused(reply.status, reply.body)
      return reply
    } finally {
      connection.close()
    }
  }
}

/** The error for an answer; its message starts with the status. */
export function refused(status: number, body = ''): Error {
  return new Error(`${status} ${body.slice(0, 160)}`.trim())
}
