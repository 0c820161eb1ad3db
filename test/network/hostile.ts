import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LeanConnection } from '../../bench/lean-connection.ts'
import { quantile } from '../../bench/quantile.ts'
import { inFolder, sleep } from '../../bench/scenario.ts'
import { seed } from '../../bench/seed.ts'
import { nleCommand, ServerProcess } from '../../bench/server-process.ts'
import { httpRequest, putRequest, serialOf } from '../../bench/thermostat.ts'
import { type Report, sized, sizeOf } from './report.ts'
import { withinTime } from './requests.ts'

const LOAD = fileURLToPath(new URL('hostile-load.ts', import.meta.url))
const HEAP_MB = 96
const ANSWERED_WITHIN_MS = 10_000
const PAUSE_MS = 100

/** What became of the requests of one kind. */
interface Tally {
  readonly timesMs: number[]
  done: number
  /** Refused with 429 or 503. */
  refused: number
}

/**
 * A server with a heap of 96 MB, and strangers who do at once all that fills memory. It must go on, and answer
 * others in between.
 */
export function hostile(report: Report, seconds = 60): Promise<void> {
  return inFolder(async (folder) => {
    const db = join(folder, 'nle.sqlite')
    await seed(db, 20)
    const command = nleCommand(db, [`--max-old-space-size=${HEAP_MB}`])
    const server = await ServerProcess.start([...command, '--weather-url', 'http://127.0.0.1:9/'])
    report.say(`a heap of ${HEAP_MB} MB, ${seconds} s: ${sized(sizeOf(server))}`)
    const load = spawn(process.execPath, [
      LOAD,
      String(server.devicePort),
      String(server.controlPort),
    ])
    try {
      let revision = 1
      const put = (): string => putRequest(serialOf(1), revision, revision)
      const tallies = await Promise.all([
        during(seconds, server.devicePort, put, (done) => {
          if (done) revision += 1
        }),
        during(seconds, server.controlPort, () => httpRequest('GET', '/health')),
        during(seconds, server.controlPort, () => {
          const value = 15 + Math.round(Math.random() * 100) / 10
          const wanted = { serial: serialOf(2), command: 'set_temperature', value }
          return httpRequest('POST', '/command', JSON.stringify(wanted))
        }),
      ])
      for (const [i, what] of ['a put', 'GET /health', 'a command'].entries()) {
        const { timesMs, done, refused } = tallies[i] ?? { timesMs: [], done: 0, refused: 0 }
        const asked = timesMs.length
        report.say(
          `${what}: asked ${asked}, done ${done}, refused ${refused}; ` +
            `p50 ${quantile(timesMs, 0.5).toFixed(0)} ms, p99 ${quantile(timesMs, 0.99).toFixed(0)} ms`,
        )
        report.check(done > 0, `${what} was never done`)
        report.check(done + refused >= asked / 2, `${what} often got no answer`)
      }
      report.say(`at the end: ${sized(sizeOf(server))}`)
    } finally {
      load.kill('SIGKILL')
      await sleep(1_000)
      report.check(await answers(server), `the server has ended: ${server.diagnostics}`)
      await server.stop()
    }
  })
}

async function during(
  seconds: number,
  port: number,
  request: () => string,
  after: (done: boolean) => void = () => {},
): Promise<Tally> {
  const tally: Tally = { timesMs: [], done: 0, refused: 0 }
  const untilMs = performance.now() + seconds * 1000
  while (performance.now() < untilMs) {
    const startedMs = performance.now()
    const status = await statusOf(port, request())
    tally.timesMs.push(performance.now() - startedMs)
    if (status === 200) tally.done += 1
    if (status === 429 || status === 503) tally.refused += 1
    after(status === 200)
    await sleep(PAUSE_MS)
  }
  return tally
}

/** 0 without an answer. */
async function statusOf(port: number, request: string): Promise<number> {
  try {
    const connection = await LeanConnection.open(port)
    try {
      return (await withinTime(connection.ask(request), ANSWERED_WITHIN_MS)).status
    } finally {
      connection.close()
    }
  } catch {
    return 0
  }
}

async function answers(server: ServerProcess): Promise<boolean> {
  return (await statusOf(server.controlPort, httpRequest('GET', '/health'))) === 200
}
