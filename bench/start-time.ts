import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { LeanConnection } from './lean-connection.ts'
import { median } from './quantile.ts'
import { check, sleep, withServer } from './scenario.ts'
import type { Memory, ServerProcess } from './server-process.ts'
import { deviceRequest, serialOf } from './thermostat.ts'

/** How long a server idles before its memory is read. */
const REST_MS = 5_000

/** From spawn to the first answer to a thermostat. */
export interface StartTime {
  readonly wallMs: number
  /** What other programs take does not count; NaN on a kernel that does not tell. */
  readonly cpuMs: number
}

/** The median of several starts. */
export async function startTime(command: readonly string[], runs: number): Promise<StartTime> {
  const starts: StartTime[] = []
  for (let run = 0; run <= runs; run++) {
    const start = await startOnce(command)
    // The first run loads the files into the page cache.
    if (run > 0) starts.push(start)
  }
  return {
    wallMs: median(starts.map(({ wallMs }) => wallMs)),
    cpuMs: median(starts.map(({ cpuMs }) => cpuMs)),
  }
}

function startOnce(command: readonly string[]): Promise<StartTime> {
  const startedMs = performance.now()
  return withServer(command, async (server) => {
    const connection = await LeanConnection.open(server.devicePort)
    const { status } = await connection.ask(deviceRequest(serialOf(0), 'GET', '/nest/ping'))
    const wallMs = performance.now() - startedMs
    const cpuMs = threadsCpuMs(server)
    check(status === 200, () => `a ping was answered ${status}`)
    connection.close()
    return { wallMs, cpuMs }
  })
}

/** CPU time of the threads that run. Exact, while the ticks of `cpuS` are a tenth of a start. */
function threadsCpuMs({ pid }: ServerProcess): number {
  const threads = `/proc/${pid}/task`
  const times = readdirSync(threads).map((thread) => {
    const path = `${threads}/${thread}/schedstat`
    return existsSync(path) ? Number(readFileSync(path, 'utf8').split(' ')[0]) : Number.NaN
  })
  return times.reduce((sum, ns) => sum + ns, 0) / 1e6
}

/** Memory of a server that has had no request yet. */
export function memoryAtRest(command: readonly string[]): Promise<Memory> {
  return withServer(command, async (server) => {
    await sleep(REST_MS)
    return server.memory()
  })
}
