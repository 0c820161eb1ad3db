import { join } from 'node:path'
import { atMost, type Figure } from '../figure.ts'
import { median } from '../quantile.ts'
import { check, inFolder, type Scenario, withServer } from '../scenario.ts'
import { seed } from '../seed.ts'
import { nleCommand, type ServerProcess } from '../server-process.ts'

const THERMOSTATS = 1_000

/** What the list of a thousand thermostats costs, and what it costs a client that has it already. */
export const list: Scenario = ({ short }) =>
  inFolder(async (folder) => {
    const times = short ? 20 : 100
    const db = join(folder, 'nle.sqlite')
    await seed(db, THERMOSTATS)
    return withServer(nleCommand(db), async (server) => {
      // The first ones load, compile and fill caches.
      const version = await ask(server, 200)
      for (let i = 0; i < 10; i++) await ask(server, 200)
      const whole = await measured(server, times, () => ask(server, 200))
      // A server of before gives no versions, and sends the list again.
      const status = version === '' ? 200 : 304
      const same = await measured(server, times, () => ask(server, status, version))
      return [
        figure('whole, p50', 'ms', whole.p50Ms, atMost(5)),
        figure('whole, server CPU', 'ms', whole.cpuMs),
        figure('unchanged, p50', 'ms', same.p50Ms, atMost(1)),
        figure('unchanged, server CPU', 'ms', same.cpuMs),
      ]
    })
  })

/** Returns the version of the list. */
async function ask(server: ServerProcess, expected: number, version = ''): Promise<string> {
  const url = `http://127.0.0.1:${server.controlPort}/api/devices`
  const answer = await fetch(url, { headers: { 'If-None-Match': version } })
  const text = await answer.text()
  check(answer.status === expected, () => `${answer.status} ${text.slice(0, 200)}`)
  check(expected === 304 || text.endsWith(`"total":${THERMOSTATS}}`), () => text.slice(-200))
  return answer.headers.get('etag') ?? ''
}

async function measured(server: ServerProcess, times: number, work: () => Promise<unknown>) {
  const cpuS = server.cpuS()
  const durations: number[] = []
  for (let i = 0; i < times; i++) {
    const begunMs = performance.now()
    await work()
    durations.push(performance.now() - begunMs)
  }
  return { p50Ms: median(durations), cpuMs: ((server.cpuS() - cpuS) * 1000) / times }
}

function figure(name: string, unit: string, value: number, target?: Figure['target']): Figure {
  return { scenario: 'list', name, unit, value, target }
}
