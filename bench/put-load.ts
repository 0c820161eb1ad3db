import { LeanConnection } from './lean-connection.ts'
import { quantile } from './quantile.ts'
import { check } from './scenario.ts'
import type { ServerProcess } from './server-process.ts'
import { putRequest, serialOf } from './thermostat.ts'

export interface PutLoad {
  readonly puts: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU time of the servers per 1,000 puts. */
  readonly cpuS: number
  readonly clientCpuS: number
  readonly bytesPerPut: number
  /** Resident memory of the largest server. */
  readonly rssMb: number
}

export interface PutLoadOptions {
  readonly connections: number
  readonly seconds: number
  readonly warmUpSeconds: number
  /** The number of the first thermostat; each connection is one thermostat. */
  readonly firstThermostat?: number
}

/** One thermostat that sends one put at a time. */
export class Putter {
  readonly serial: string
  readonly #connection: LeanConnection
  #revision: number
  #count: number

  constructor(serial: string, connection: LeanConnection, revision = 1) {
    this.serial = serial
    this.#connection = connection
    this.#revision = revision
    // Another value than that of the last put under this revision.
    this.#count = revision
  }

  async put(): Promise<void> {
    const { status, body } = await this.#connection.ask(
      putRequest(this.serial, ++this.#count, this.#revision),
    )
    this.#revision += 1
    const receipt = `{"objects":[{"object_revision":${this.#revision},"object_timestamp":`
    const key = `"object_key":"device.${this.serial}"}]}`
    check(status === 200 && body.startsWith(receipt) && body.endsWith(key), () => body)
  }

  close(): void {
    this.#connection.close()
  }
}

/**
 * Puts from several thermostats at once, each waiting for its receipt, for some seconds. Several servers have the same
 * number of them each.
 */
export async function putLoad(
  measured: ServerProcess | readonly ServerProcess[],
  options: PutLoadOptions,
): Promise<PutLoad> {
  const servers = [measured].flat()
  const first = options.firstThermostat ?? 0
  const putters: Putter[] = []
  for (let n = 0; n < options.connections; n++) {
    const { devicePort } = servers[n % servers.length] as ServerProcess
    putters.push(new Putter(serialOf(first + n), await LeanConnection.open(devicePort)))
  }
  const run = async (seconds: number): Promise<number[]> => {
    const untilMs = performance.now() + seconds * 1000
    const times: number[] = []
    const one = async (putter: Putter): Promise<void> => {
      for (let nowMs = performance.now(); nowMs < untilMs; ) {
        await putter.put()
        const doneMs = performance.now()
        times.push(doneMs - nowMs)
        nowMs = doneMs
      }
    }
    await Promise.all(putters.map(one))
    return times
  }
  await run(options.warmUpSeconds)
  const before = reading(servers)
  const times = await run(options.seconds)
  const after = reading(servers)
  for (const putter of putters) putter.close()
  const puts = times.length
  return {
    puts,
    perSecond: puts / ((after.atMs - before.atMs) / 1000),
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    cpuS: ((after.cpuS - before.cpuS) / puts) * 1000,
    clientCpuS: ((after.clientCpuS - before.clientCpuS) / puts) * 1000,
    bytesPerPut: (after.bytes - before.bytes) / puts,
    rssMb: Math.max(...servers.map((each) => each.memory().rssKb)) / 1000,
  }
}

function reading(servers: readonly ServerProcess[]) {
  const { user, system } = process.cpuUsage()
  return {
    atMs: performance.now(),
    cpuS: total(servers.map((each) => each.cpuS())),
    bytes: total(servers.map((each) => each.writtenBytes())),
    clientCpuS: (user + system) / 1e6,
  }
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0)
}
