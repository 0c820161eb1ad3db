import { LeanConnection, type Reply } from './lean-connection.ts'
import { sleep } from './scenario.ts'

/** A request that got its 2xx, as who sent it sees it. */
export interface Success {
  /** When it was sent for the first time. */
  readonly askedAtMs: number
  readonly atMs: number
}

const RETRY_MS = 200

/** Sends requests one after the other, each again until it gets a 2xx, and connects again when it has to. */
export class PersistentClient {
  readonly #port: number
  #connection: LeanConnection | undefined
  readonly successes: Success[] = []
  /** How often each other status came; 0 for a connection that was cut or refused. */
  readonly refusals = new Map<number, number>()

  constructor(port: number) {
    this.#port = port
  }

  async ask(request: string): Promise<Reply> {
    const askedAtMs = performance.now()
    for (;;) {
      const reply = await this.#once(request)
      if (reply.status === 200) {
        this.successes.push({ askedAtMs, atMs: performance.now() })
        return reply
      }
      this.refusals.set(reply.status, (this.refusals.get(reply.status) ?? 0) + 1)
      await sleep(RETRY_MS)
    }
  }

  close(): void {
    this.#connection?.close()
  }

  async #once(request: string): Promise<Reply> {
    try {
      this.#connection ??= await LeanConnection.open(this.#port)
      return await this.#connection.ask(request)
    } catch {
      this.#connection?.close()
      this.#connection = undefined
      return { status: 0, body: '' }
    }
  }
}
