import { LeanConnection } from './lean-connection.ts'
import { Putter } from './put-load.ts'
import { sleep } from './scenario.ts'
import type { ServerProcess } from './server-process.ts'
import { serialOf } from './thermostat.ts'

const CONNECTIONS = 16

/** Thermostats that report one after another, at an even pace. They share some connections. */
export class ReportingCrowd {
  readonly #putters: readonly Putter[]
  readonly #connections: readonly LeanConnection[]
  #next = 0

  private constructor(putters: readonly Putter[], connections: readonly LeanConnection[]) {
    this.#putters = putters
    this.#connections = connections
  }

  /** The thermostats from number `from` on. Each has reported once, as after a start of the server. */
  static async open(server: ServerProcess, count: number, from = 0): Promise<ReportingCrowd> {
    const connections: LeanConnection[] = []
    for (let n = 0; n < CONNECTIONS; n++) {
      connections.push(await LeanConnection.open(server.devicePort))
    }
    const putters = Array.from(
      { length: count },
      (_, n) => new Putter(serialOf(from + n), connections[n % CONNECTIONS] as LeanConnection),
    )
    const line = async (first: number): Promise<void> => {
      for (let n = first; n < count; n += CONNECTIONS) await putters[n]?.put()
    }
    await Promise.all(connections.map((_, first) => line(first)))
    return new ReportingCrowd(putters, connections)
  }

  /**
   * @param perSecond - reports, or fewer when the server is slower
   * @param reports - is told the serial just before each report
   * @returns how many reported until it was over
   */
  async report(
    perSecond: number,
    isOver: (count: number) => boolean,
    reports: (serial: string) => void = () => {},
  ): Promise<number> {
    const startedMs = performance.now()
    let count = 0
    for (; !isOver(count); count++) {
      const leftMs = startedMs + (count / perSecond) * 1000 - performance.now()
      if (leftMs > 1) await sleep(leftMs)
      const putter = this.#putters[this.#next++ % this.#putters.length] as Putter
      reports(putter.serial)
      await putter.put()
    }
    return count
  }

  close(): void {
    for (const connection of this.#connections) connection.close()
  }
}
