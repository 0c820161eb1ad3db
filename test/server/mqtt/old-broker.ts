import { connect, createServer, type Server, type Socket } from 'node:net'

/** The CONNACK with which a broker of 3.1.1 refuses version 5. */
const UNACCEPTABLE_VERSION = Buffer.from([0x20, 0x02, 0x00, 0x01])

/** How the proxy treats connections. */
export type Behavior = 'refuses 5' | 'hangs up on 5' | 'never answers'

/** A proxy in front of a real broker that behaves like an older or a faulty one. */
export class OldBroker {
  readonly url: string
  /** Protocol levels that clients asked for. */
  readonly asked: number[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, port: number) {
    this.#server = server
    this.url = `mqtt://127.0.0.1:${port}`
  }

  static async start(behavior: Behavior, brokerPort: number): Promise<OldBroker> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const proxy = new OldBroker(server, port)
    server.on('connection', (socket) => proxy.#accept(socket, behavior, brokerPort))
    return proxy
  }

  /** Resolves once no client is connected. */
  async idle(): Promise<void> {
    await Promise.all(
      [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))),
    )
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #accept(socket: Socket, behavior: Behavior, brokerPort: number): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
    socket.once('data', (chunk: Buffer) => {
      // The level follows the protocol name "MQTT".
      const level = chunk[chunk.indexOf('MQTT') + 4] ?? 0
      this.asked.push(level)
      if (behavior === 'never answers') return
      if (level === 5) {
        if (behavior === 'refuses 5') socket.end(UNACCEPTABLE_VERSION)
        else socket.destroy()
        return
      }
      const broker = connect(brokerPort, '127.0.0.1')
      this.#sockets.add(broker)
      broker.on('error', () => {})
      broker.on('close', () => socket.destroy())
      socket.on('close', () => broker.destroy())
      broker.write(chunk)
      broker.pipe(socket)
      socket.pipe(broker)
    })
  }
}
