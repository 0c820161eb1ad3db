import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'

/** What connections another machine on the network opens. */
export interface ConnectOrder {
  readonly host: string
  readonly port: number
  /** The local address to connect from. */
  readonly from?: string
  /** What each connection sends; one connection for each text. */
  readonly sends: readonly string[]
  /** False for slow readers, which read no answer. */
  readonly reads: boolean
  /** Whether a closed connection is opened again after a second. */
  readonly reconnects: boolean
}

const AT_ONCE = 256
const RECONNECT_MS = 1_000

/** Another machine on the network: a process of its own, which can be frozen. */
export class Strangers {
  readonly #child: ChildProcess

  /** @param within - a command that runs the process, such as in a network of its own */
  constructor(within: readonly string[] = []) {
    const [program = '', ...args] = [...within, process.execPath, fileURLToPath(import.meta.url)]
    this.#child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Resolves to the local ports once every connection is open. */
  async obey(order: ConnectOrder): Promise<number[]> {
    this.#child.send(order)
    const [ports] = await once(this.#child, 'message')
    return ports as number[]
  }

  /** Stops the process; the kernel still acknowledges what arrives. */
  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.on('message', async (order: ConnectOrder) => process.send?.(await obeyed(order)))
}

async function obeyed(order: ConnectOrder): Promise<number[]> {
  const ports: number[] = []
  for (let first = 0; first < order.sends.length; first += AT_ONCE) {
    const texts = order.sends.slice(first, first + AT_ONCE)
    ports.push(...(await Promise.all(texts.map((text) => come(order, text)))))
  }
  return ports
}

function come(order: ConnectOrder, text: string): Promise<number> {
  const { host, port, from, reads, reconnects } = order
  return new Promise((resolve) => {
    const socket = connect({ host, port, ...(from === undefined ? {} : { localAddress: from }) })
    socket.on('error', () => {})
    socket.on('connect', () => {
      resolve(socket.localPort ?? 0)
      if (text !== '') socket.write(text)
    })
    if (reads) socket.resume()
    else socket.pause()
    socket.on('close', () => {
      if (reconnects) setTimeout(() => come(order, text).then(resolve), RECONNECT_MS)
      else resolve(0)
    })
  })
}
