import { LeanConnection } from './lean-connection.ts'
import { Putter } from './put-load.ts'
import type { ServerProcess } from './server-process.ts'
import { serialOf } from './thermostat.ts'

const TURN_MS = 500

/** Thermostats that put in short turns, between which another server has its turn. */
export class PutTurns {
  readonly #server: ServerProcess
  readonly #putters: readonly Putter[]

  private constructor(server: ServerProcess, putters: readonly Putter[]) {
    this.#server = server
    this.#putters = putters
  }

  static async open(server: ServerProcess, count: number): Promise<PutTurns> {
    const putters: Putter[] = []
    for (let n = 0; n < count; n++) {
      putters.push(new Putter(serialOf(n), await LeanConnection.open(server.devicePort)))
    }
    return new PutTurns(server, putters)
  }

  /**
   * The first ones put for half a second, each waiting for its receipt.
   *
   * @returns CPU time of the server per 1,000 puts, seconds
   */
  async turn(count: number): Promise<number> {
    const untilMs = performance.now() + TURN_MS
    const cpuS = this.#server.cpuS()
    let puts = 0
    const one = async (putter: Putter): Promise<void> => {
      while (performance.now() < untilMs) {
        await putter.put()
        puts += 1
      }
    }
    await Promise.all(this.#putters.slice(0, count).map(one))
    return ((this.#server.cpuS() - cpuS) / puts) * 1000
  }

  close(): void {
    for (const putter of this.#putters) putter.close()
  }
}
