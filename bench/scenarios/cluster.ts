import { join } from 'node:path'
import { NO_POSTGRES, type TestPostgres } from '../../test/helpers/postgres.ts'
import { type DatabaseUse, seededDatabase, useOf, withPostgres } from '../database.ts'
import type { Figure } from '../figure.ts'
import { onAllCpus } from '../pinning.ts'
import { type PutLoad, putLoad } from '../put-load.ts'
import { check, inFolder, type Scenario, withServer } from '../scenario.ts'
import { floorCommand, type ServerProcess, sharedCommand } from '../server-process.ts'
import { commandToChunk } from './push.ts'

const BUSY = 32
/** Each of these gets one command, those of the warm-up included: a second one could meet the end of a hold. */
const HELD = 375
const COMMANDS = 300
/** Those after them put. */
const LONE = HELD + BUSY
const WARMING = LONE + 1
const ALL = WARMING + BUSY

/** What puts cost with several servers on one PostgreSQL, and how long a command takes from one to another. */
export const cluster: Scenario = (extent) => {
  if (NO_POSTGRES !== false) {
    process.stderr.write(`cluster is skipped: ${NO_POSTGRES}\n`)
    return Promise.resolve([])
  }
  return onAllCpus(() =>
    inFolder((folder) => withPostgres((postgres) => measured(postgres, folder, extent.short))),
  )
}

async function measured(postgres: TestPostgres, folder: string, short: boolean): Promise<Figure[]> {
  const figures: Figure[] = []
  const add = (name: string, unit: string, value: number, floor?: number): void => {
    figures.push({ scenario: 'cluster', name, unit, value, floor })
  }
  const floor = await withServer(floorCommand('postgres', await postgres.database()), (server) =>
    puts(postgres, [server], short),
  )
  for (const count of [1, 3]) {
    const url = await seededDatabase(postgres, ALL)
    await withServers(url, folder, count, async (servers) => {
      const nle = await puts(postgres, servers, short)
      const on = `${count} ${count === 1 ? 'server' : 'servers'}`
      add(`${on}, busy`, '/s', nle.busy.perSecond, floor.busy.perSecond)
      add(`${on}, CPU of nle per 1,000`, 's', nle.busy.cpuS, floor.busy.cpuS)
      add(`${on}, CPU of the database per 1,000`, 's', nle.databaseS, floor.databaseS)
      add(`${on}, WAL per put`, 'KB', nle.walBytes / 1000, floor.walBytes / 1000)
      add(`${on}, lone p50`, 'ms', nle.lone.p50Ms, floor.lone.p50Ms)
      add(`${on}, WAL per lone put`, 'KB', nle.loneWalBytes / 1000, floor.loneWalBytes / 1000)
      const [first, second = first] = servers
      check(first !== undefined && second !== undefined, () => 'there is no server')
      if (first === undefined) return
      const pushes = await commandToChunk(first, HELD, COMMANDS, second)
      const where = second === first ? 'the same server' : 'another server'
      add(`command to chunk p50, on ${where}`, 'ms', pushes.p50Ms)
      add(`command to chunk p99, on ${where}`, 'ms', pushes.p99Ms)
    })
  }
  return figures
}

interface PutCost {
  readonly busy: PutLoad
  readonly lone: PutLoad
  /** CPU time of the database per 1,000 puts. */
  readonly databaseS: number
  readonly walBytes: number
  readonly loneWalBytes: number
}

async function puts(
  postgres: TestPostgres,
  servers: readonly ServerProcess[],
  short: boolean,
): Promise<PutCost> {
  // Each server needs some thousand puts until its code is compiled.
  const warmUp = {
    seconds: short ? 3 : 15,
    warmUpSeconds: 0,
    connections: BUSY,
    firstThermostat: WARMING,
  }
  await putLoad(servers, warmUp)
  const times = { seconds: short ? 2 : 8, warmUpSeconds: 0 }
  const before = await useOf(postgres)
  const busy = await putLoad(servers, { ...times, connections: BUSY, firstThermostat: HELD })
  const between = await useOf(postgres)
  const lone = await putLoad(servers, { ...times, connections: 1, firstThermostat: LONE })
  const after = await useOf(postgres)
  return {
    busy,
    lone,
    databaseS: (used(before, between, 'cpuS') / busy.puts) * 1_000,
    walBytes: used(before, between, 'walBytes') / busy.puts,
    loneWalBytes: used(between, after, 'walBytes') / lone.puts,
  }
}

function used(before: DatabaseUse, after: DatabaseUse, what: keyof DatabaseUse): number {
  return after[what] - before[what]
}

/** Runs `work` with several servers on one database. */
export function withServers<T>(
  url: string,
  folder: string,
  count: number,
  work: (servers: readonly ServerProcess[]) => Promise<T>,
): Promise<T> {
  const start = (others: readonly ServerProcess[]): Promise<T> =>
    others.length === count
      ? work(others)
      : withServer(sharedCommand(url, join(folder, `${count}-${others.length}`)), (server) =>
          start([...others, server]),
        )
  return start([])
}
