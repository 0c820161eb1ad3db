import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'

/** What somebody else on the network is to do. */
export interface Order {
  readonly host: string
  readonly port: number
  /** Whose address it is done under. */
  readonly from?: string
  /** What each connection says; as many as there are texts. */
  readonly says: readonly string[]
  /** Whether what comes back is read. */
  readonly reads: boolean
  /** Whether a connection that was closed is made anew, a second later. */
  readonly comesBack: boolean
}

const AT_ONCE = 256
const COME_BACK_MS = 1_000

/** Somebody else on the network: a process of its own, which can be stopped like a machine. */
export class Strangers {
  readonly #child: ChildProcess

  /** @param within - a command that runs another one, for a place of its own */
  constructor(within: readonly string[] = []) {
    const [program = '', ...args] = [...within, process.execPath, fileURLToPath(import.meta.url)]
    this.#child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Resolves, once every connection is there, to the ports they come from. */
  async obey(order: Order): Promise<number[]> {
    this.#child.send(order)
    const [ports] = await once(this.#child, 'message')
    return ports as number[]
  }

  /** No process answers any more, and the machine goes on acknowledging what comes. */
  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.on('message', async (order: Order) => process.send?.(await obeyed(order)))
}

async function obeyed(order: Order): Promise<number[]> {
  const ports: number[] = []
  for (let first = 0; first < order.says.length; first += AT_ONCE) {
    const texts = order.says.slice(first, first + AT_ONCE)
    ports.push(...(await Promise.all(texts.map((text) => come(order, text)))))
  }
  return ports
}

function come(order: Order, text: string): Promise<number> {
  const { host, port, from, reads, comesBack } = order
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
      if (comesBack) setTimeout(() => come(order, text).then(resolve), COME_BACK_MS)
      else resolve(0)
    })
  })
}
