import { join } from 'node:path'
import { atMost, type Figure } from '../figure.ts'
import { LeanConnection } from '../lean-connection.ts'
import { median } from '../quantile.ts'
import { check, inFolder, type Scenario, sleep, withServer } from '../scenario.ts'
import { seed } from '../seed.ts'
import { floorCommand, nleCommand } from '../server-process.ts'
import { deviceRequest, serialOf } from '../thermostat.ts'

/** How long a server idles before its memory is read. */
const REST_MS = 5_000

/** The time from spawn to the first answer to a thermostat, and memory at rest. */
export const start: Scenario = ({ short }) =>
  inFolder(async (folder) => {
    const runs = short ? 5 : 15
    const known = short ? 500 : 5_000
    const empty = join(folder, 'empty.sqlite')
    const full = join(folder, 'full.sqlite')
    await seed(full, known)
    const floor = await startTime(floorCommand('bare', ''), runs)
    const emptyMs = await startTime(nleCommand(empty), runs)
    const fullMs = await startTime(nleCommand(full), runs)
    const floorKb = await restKb(floorCommand('bare', ''))
    const figures: Figure[] = [
      {
        scenario: 'start',
        name: 'spawn to first answer, empty',
        unit: 'ms',
        value: emptyMs,
        floor,
        target: atMost(110),
      },
      {
        scenario: 'start',
        name: `spawn to first answer, ${known.toLocaleString('en')} known`,
        unit: 'ms',
        value: fullMs,
        floor,
        target: atMost(110),
      },
      {
        scenario: 'start',
        name: 'private memory at rest',
        unit: 'MB',
        value: (await restKb(nleCommand(empty))) / 1024,
        floor: floorKb / 1024,
        target: atMost(24),
      },
    ]
    return figures
  })

async function startTime(command: readonly string[], runs: number): Promise<number> {
  const times: number[] = []
  for (let run = 0; run <= runs; run++) {
    const startedMs = performance.now()
    const answeredMs = await withServer(command, async ({ devicePort }) => {
      const connection = await LeanConnection.open(devicePort)
      const { status } = await connection.ask(deviceRequest(serialOf(0), 'GET', '/nest/ping'))
      const atMs = performance.now()
      check(status === 200, () => `a ping was answered ${status}`)
      connection.close()
      return atMs
    })
    // The first run loads the files into the page cache.
    if (run > 0) times.push(answeredMs - startedMs)
  }
  return median(times)
}

function restKb(command: readonly string[]): Promise<number> {
  return withServer(command, async (server) => {
    await sleep(REST_MS)
    return server.memory().privateKb
  })
}
