import { connect, createServer, type Server, type Socket } from 'node:net'

/** Bytes of a CONNACK that refuses the version, as brokers of 3.1.1 answer. */
const UNACCEPTABLE_VERSION = Buffer.from([0x20, 0x02, 0x00, 0x01])

/** What stands before a broker, and how it takes connections of version 5. */
export type Manner = 'refuses 5' | 'hangs up on 5' | 'swallows'

/** A broker in front of a real one, older or ruder than that. */
export class OldBroker {
  readonly url: string
  /** Protocol levels that were asked for. */
  readonly asked: number[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(server: Server, port: number) {
    this.#server = server
    this.url = `mqtt://127.0.0.1:${port}`
  }

  static async start(manner: Manner, brokerPort: number): Promise<OldBroker> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const proxy = new OldBroker(server, port)
    server.on('connection', (socket) => proxy.#take(socket, manner, brokerPort))
    return proxy
  }

  /** Resolves once nobody is connected. */
  async left(): Promise<void> {
    await Promise.all(
      [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))),
    )
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #take(socket: Socket, manner: Manner, brokerPort: number): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
    socket.once('data', (chunk: Buffer) => {
      // The name "MQTT" is followed by the level.
      const level = chunk[chunk.indexOf('MQTT') + 4] ?? 0
      this.asked.push(level)
      if (manner === 'swallows') return
      if (level === 5) {
        if (manner === 'refuses 5') socket.end(UNACCEPTABLE_VERSION)
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
