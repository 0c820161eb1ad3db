import { join } from 'node:path'
import { atLeast, atMost, FigureList } from '../figure.ts'
import { type PutLoad, putLoad } from '../put-load.ts'
import { inFolder, type Scenario, withServer } from '../scenario.ts'
import { seed } from '../seed.ts'
import { floorCommand, nleCommand } from '../server-process.ts'
import { syncsPerPut } from '../syncs.ts'

const BUSY = 32

/** Puts that change 3 of 60 fields: 32 thermostats at once, and one alone. */
export const put: Scenario = ({ short }) =>
  inFolder(async (folder) => {
    // A server loads its history a second after its first put, which is not to be measured here.
    const times = { seconds: short ? 2 : 6, warmUpSeconds: 3 }
    const busyOptions = { ...times, connections: BUSY }
    const loneOptions = { ...times, connections: 1, firstThermostat: BUSY }
    const db = join(folder, 'nle.sqlite')
    await seed(db, BUSY + 1)
    const measure = (command: string[]): Promise<{ busy: PutLoad; lone: PutLoad }> =>
      withServer(command, async (server) => ({
        busy: await putLoad(server, busyOptions),
        lone: await putLoad(server, loneOptions),
      }))
    const bare = await withServer(floorCommand('bare', ''), (server) =>
      putLoad(server, busyOptions),
    )
    const full = await measure(floorCommand('full', join(folder, 'full.sqlite')))
    const group = await measure(floorCommand('group', join(folder, 'group.sqlite')))
    const { busy, lone } = await measure(nleCommand(db))
    const figures = new FigureList('put')
    const add = figures.add.bind(figures)
    add('busy, floor without a disk', '/s', bare.perSecond)
    add('busy, floor with a commit each', '/s', full.busy.perSecond)
    add('busy', '/s', busy.perSecond, group.busy.perSecond, atLeast(16_000))
    add('busy p50', 'ms', busy.p50Ms, group.busy.p50Ms)
    add('busy p99', 'ms', busy.p99Ms, group.busy.p99Ms, atMost(5))
    add('busy, server CPU per 1,000', 's', busy.cpuS, group.busy.cpuS, atMost(0.055))
    add('busy, client CPU per 1,000', 's', busy.clientCpuS)
    add(
      'busy, written per put',
      'KB',
      busy.bytesPerPut / 1000,
      group.busy.bytesPerPut / 1000,
      atMost(2.3),
    )
    add('busy, resident memory', 'MB', busy.rssMb, group.busy.rssMb, atMost(120))
    add('lone p50', 'ms', lone.p50Ms, full.lone.p50Ms, atMost(0.6))
    add('lone p99', 'ms', lone.p99Ms, full.lone.p99Ms)
    add('lone, server CPU per 1,000', 's', lone.cpuS, full.lone.cpuS, atMost(0.45))
    add(
      'lone, written per put',
      'KB',
      lone.bytesPerPut / 1000,
      full.lone.bytesPerPut / 1000,
      atMost(8.2),
    )
    if (short) return figures.all
    const syncOptions = { seconds: 3, warmUpSeconds: 0 }
    const fresh = join(folder, 'syncs.sqlite')
    await seed(fresh, BUSY + 1)
    const counted = await syncsPerPut(nleCommand(fresh), folder, { ...busyOptions, ...syncOptions })
    const countedLone = await syncsPerPut(nleCommand(fresh), folder, {
      ...loneOptions,
      ...syncOptions,
    })
    if (counted !== undefined) add('busy, syncs per put', '', counted, undefined, atMost(0.2))
    if (countedLone !== undefined) add('lone, syncs per put', '', countedLone, 1, atMost(1))
    return figures.all
  })
