import { join } from 'node:path'
import { Dashboard } from '../dashboard.ts'
import { establishedAt } from '../established.ts'
import { atLeast, atMost, type Figure } from '../figure.ts'
import { collectGarbage, INSPECTABLE } from '../garbage.ts'
import { quantile } from '../quantile.ts'
import { ReportingCrowd } from '../reporting-crowd.ts'
import { inFolder, type Scenario, sleep, withServer } from '../scenario.ts'
import { seed } from '../seed.ts'
import { floorCommand, nleCommand, type ServerProcess } from '../server-process.ts'

interface Size {
  readonly thermostats: number
  readonly clients: number
  /** How many of them read nothing in the end. */
  readonly frozen: number
  /** Reports for each measurement, and how many a second. */
  readonly reports: number
  readonly perSecond: number
}

const FULL: Size = { thermostats: 1_000, clients: 200, frozen: 40, reports: 1_000, perSecond: 66 }
const SHORT: Size = { thermostats: 100, clients: 40, frozen: 8, reports: 500, perSecond: 200 }
/** A thousand thermostats report once a minute. Here they do it faster, and the share of CPU is converted. */
const REAL_PER_SECOND = 1_000 / 60
/** The system buffers a few MB for a client that reads nothing, before the server notices. */
const MAX_FROZEN_MS = 60_000

/** Clients follow every event of many thermostats; then some of them read nothing, and then none does. */
export const dashboards: Scenario = ({ short }) =>
  inFolder(async (folder) => {
    const size = short ? SHORT : FULL
    const db = join(folder, 'nle.sqlite')
    await seed(db, size.thermostats)
    const bare = floorCommand('bare', '').toSpliced(1, 0, ...INSPECTABLE)
    const floor = await withServer(bare, async (server) =>
      followed(server, await ReportingCrowd.open(server, size.thermostats), size),
    )
    const nle = await withServer(nleCommand(db, INSPECTABLE), async (server) => {
      const crowd = await ReportingCrowd.open(server, size.thermostats)
      const all = await followed(server, crowd, size)
      return { ...all, ...(await frozen(server, crowd, size)) }
    })
    const own = (name: string, unit: string, value: number, target?: Figure['target']): Figure => ({
      scenario: 'dashboards',
      name,
      unit,
      value,
      target,
    })
    const both = (name: string, unit: string, of: (found: Followed) => number): Figure => ({
      ...own(name, unit, of(nle)),
      floor: of(floor),
    })
    return [
      own('clients that follow', '', nle.clients, atLeast(size.clients)),
      both('CPU per event and client', 'µs', ({ perEventUs }) => perEventUs),
      both('one CPU, all of it', '%', ({ perReportS }) => perReportS * REAL_PER_SECOND * 100),
      both('report to event p50', 'ms', ({ delays }) => quantile(delays, 0.5)),
      both('report to event p99', 'ms', ({ delays }) => quantile(delays, 0.99)),
      both('private memory per client', 'KB', ({ perClientKb }) => perClientKb),
      own('resident memory', 'MB', nle.rssKb / 1024),
      own('report to event p50, some read nothing', 'ms', quantile(nle.others, 0.5)),
      own('report to event p99, some read nothing', 'ms', quantile(nle.others, 0.99)),
      own('of those, cut off', '', nle.cut, atLeast(size.frozen)),
      own('private memory at most, per client that reads nothing', 'KB', nle.mostKb, atMost(256)),
    ]
  })

interface Followed {
  readonly clients: number
  /** Seconds of CPU, with what the report itself costs. */
  readonly perReportS: number
  /** What it takes more than the same reports when no client follows them. */
  readonly perEventUs: number
  readonly perClientKb: number
  readonly rssKb: number
  /** From report to event, ms. */
  readonly delays: readonly number[]
}

async function followed(
  server: ServerProcess,
  crowd: ReportingCrowd,
  { clients: count, reports, perSecond }: Size,
): Promise<Followed> {
  const perReportS = async (watch?: (serial: string) => void): Promise<number> => {
    const cpuS = server.cpuS()
    await crowd.report(perSecond, (count) => count === reports, watch)
    return (server.cpuS() - cpuS) / reports
  }
  // The first ones compile the code.
  await perReportS()
  const aloneS = await perReportS()
  const before = await settled(server)
  const clients = await openAll(server.controlPort, count)
  const watch = watchDelays(clients)
  await perReportS(watch.reports)
  watch.take()
  const followedS = await perReportS(watch.reports)
  const delays = watch.take()
  const { privateKb, rssKb } = await settled(server)
  for (const client of clients) client.close()
  return {
    clients: clients.length,
    perReportS: followedS,
    perEventUs: ((followedS - aloneS) / clients.length) * 1e6,
    perClientKb: (privateKb - before.privateKb) / clients.length,
    rssKb,
    delays,
  }
}

/** What clients notice while others read nothing and are cut off, and what the server buffers when no client reads. */
async function frozen(server: ServerProcess, crowd: ReportingCrowd, size: Size) {
  const perSecond = Math.max(100, size.perSecond)
  const reading = await openAll(server.controlPort, size.clients - size.frozen)
  const some = await openAll(server.controlPort, size.frozen)
  for (const client of some) client.freeze()
  const watch = watchDelays(reading)
  await crowd.report(perSecond, untilLeft(server, reading.length), watch.reports)
  const cut = reading.length + some.length - establishedAt(server.controlPort)

  const before = await settled(server)
  for (const client of reading) client.freeze()
  let mostKb = before.privateKb
  let isDone = false
  const look = async (): Promise<void> => {
    while (!isDone) mostKb = Math.max(mostKb, (await settled(server)).privateKb)
  }
  const looking = look()
  await crowd.report(perSecond, untilLeft(server, 0))
  isDone = true
  await looking
  for (const client of [...reading, ...some]) client.close()
  crowd.close()
  return { others: watch.take(), cut, mostKb: (mostKb - before.privateKb) / reading.length }
}

/** Over when the server follows no more clients than this; it is asked after every so many reports. */
function untilLeft({ controlPort }: ServerProcess, left: number): (count: number) => boolean {
  const endsMs = Date.now() + MAX_FROZEN_MS
  return (count) => count % 50 === 0 && (establishedAt(controlPort) <= left || Date.now() > endsMs)
}

/** Memory in use, without garbage. */
async function settled(server: ServerProcess) {
  await collectGarbage(server)
  await sleep(500)
  return server.memory()
}

/** Fewer where the server has no more places. */
async function openAll(port: number, count: number): Promise<Dashboard[]> {
  const all: Dashboard[] = []
  for (let n = 0; n < count; n++) {
    const one = await Dashboard.open(port, n)
    if (one !== undefined) all.push(one)
  }
  return all
}

/** Notes when each client is told of each report. */
function watchDelays(clients: readonly Dashboard[]) {
  let delays: number[] = []
  return {
    reports(serial: string): void {
      const sentMs = performance.now()
      const marker = `event: status\ndata: {"serial":"${serial}"`
      for (const client of clients) {
        client.lookFor(marker, () => delays.push(performance.now() - sentMs))
      }
    },
    take(): number[] {
      const taken = delays
      delays = []
      return taken
    },
  }
}
