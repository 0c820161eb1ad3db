import { join } from 'node:path'
import { atMost, type Figure } from '../figure.ts'
import { LeanConnection } from '../lean-connection.ts'
import { median } from '../quantile.ts'
import { ReportingCrowd } from '../reporting-crowd.ts'
import { check, inFolder, type Scenario, withServer } from '../scenario.ts'
import { seed } from '../seed.ts'
import { floorCommand, nleCommand, type ServerProcess } from '../server-process.ts'
import { httpRequest, serialOf } from '../thermostat.ts'

const THERMOSTATS = 1_000
const LIST = '/api/devices'
const STATUS = `/status?serial=${serialOf(0)}`
const FASTEST = 10_000

interface Cost {
  readonly p50Ms: number
  readonly cpuMs: number
}

/** What lists of a thousand thermostats cost, and what they cost a client that has them already. */
export const list: Scenario = ({ short }) =>
  inFolder(async (folder) => {
    const times = short ? 20 : 200
    const db = join(folder, 'nle.sqlite')
    await seed(db, THERMOSTATS)
    const floor = await withServer(floorCommand('bare', ''), async (server) => {
      const connection = await LeanConnection.open(server.controlPort)
      const whole = await measured(server, times, () => ask(connection, LIST))
      const same = await measured(server, times, () => ask(connection, LIST, 'x'))
      connection.close()
      return { whole, same }
    })
    return withServer(nleCommand(db), async (server) => {
      const connection = await LeanConnection.open(server.controlPort)
      // The first requests of all compile the code; these read no thermostat.
      await ask(connection, '/health')
      const first = await measured(server, 1, () => ask(connection, LIST))
      const whole = await measured(server, times, () => ask(connection, LIST))
      const listVersion = await versionOf(server, LIST)
      const same = await measured(server, times, () => ask(connection, LIST, listVersion))
      const statusVersion = await versionOf(server, STATUS)
      const status = await measured(server, times, () => ask(connection, STATUS, statusVersion))
      const crowd = await ReportingCrowd.open(server, THERMOSTATS)
      const after = (reports: number, lists: number): Promise<Cost> =>
        measured(
          server,
          lists,
          () => ask(connection, LIST),
          () => crowd.report(FASTEST, (count) => count === reports),
        )
      await ask(connection, LIST)
      const one = await after(1, Math.ceil(times / 4))
      const all = await after(THERMOSTATS, short ? 2 : 8)
      crowd.close()
      connection.close()
      return [
        figure('first after a start', 'ms', first.p50Ms),
        ...both('whole', whole, floor.whole, atMost(5)),
        ...both('unchanged (304)', same, floor.same, atMost(1)),
        ...both('status, unchanged (304)', status, floor.same, atMost(1)),
        ...both('one has reported since', one, floor.whole, atMost(5)),
        ...both('all have reported since', all, floor.whole),
      ]
    })
  })

/** The version of an answer; empty of a server that gives none, and sends everything again. */
async function versionOf(server: ServerProcess, path: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${server.controlPort}${path}`)
  await answer.arrayBuffer()
  return answer.headers.get('etag') ?? ''
}

async function ask(connection: LeanConnection, path: string, version = ''): Promise<void> {
  const condition = version === '' ? '' : `If-None-Match: ${version}\r\n`
  const { status, body } = await connection.ask(httpRequest('GET', path, '', condition))
  const isList = path === LIST && version === ''
  check(status === (version === '' ? 200 : 304), () => `${status} ${body.slice(0, 200)}`)
  check(!isList || body.endsWith(`"total":${THERMOSTATS}}`), () => body.slice(-200))
}

/** @param before - what happens before each, and does not count */
async function measured(
  server: ServerProcess,
  times: number,
  work: () => Promise<unknown>,
  before: () => Promise<unknown> = async () => {},
): Promise<Cost> {
  const durations: number[] = []
  let cpuS = 0
  for (let i = 0; i < times; i++) {
    await before()
    const begunS = server.cpuS()
    const begunMs = performance.now()
    await work()
    durations.push(performance.now() - begunMs)
    cpuS += server.cpuS() - begunS
  }
  return { p50Ms: median(durations), cpuMs: (cpuS * 1000) / times }
}

function both(name: string, nle: Cost, floor: Cost, target?: Figure['target']): Figure[] {
  return [
    { ...figure(`${name}, p50`, 'ms', nle.p50Ms, target), floor: floor.p50Ms },
    { ...figure(`${name}, server CPU`, 'ms', nle.cpuMs), floor: floor.cpuMs },
  ]
}

function figure(name: string, unit: string, value: number, target?: Figure['target']): Figure {
  return { scenario: 'list', name, unit, value, target }
}
