import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { closeAll, holdAll } from '../held-thermostat.ts'
import { ReportingCrowd } from '../reporting-crowd.ts'
import { inFolder, type Scenario, withServer } from '../scenario.ts'
import { seed } from '../seed.ts'
import { floorCommand, nleCommand, type ServerProcess } from '../server-process.ts'

const MINUTE_S = 60
const MINUTES_A_DAY = 1_440
/** They report at the same time in so many places, so that a slow receipt does not hold up the others. */
const CROWDS = 8

/** Thermostats that hold a connection each and report once a minute, in real time. */
export const reporting: Scenario = ({ short }) =>
  inFolder(async (folder) => {
    const count = short ? 800 : 10_000
    const seconds = short ? 6 : 30
    const db = join(folder, 'nle.sqlite')
    await seed(db, count)
    const bare = floorCommand('group', join(folder, 'floor.sqlite'))
    const floor = await withServer(bare, (server) => reportAndHold(server, count, seconds))
    const nle = await withServer(nleCommand(db), (server) => reportAndHold(server, count, seconds))
    const figure = (name: string, unit: string, of: keyof Reporting, factor: number): Figure => {
      const full = `${name}, ${count.toLocaleString('en')} report each minute and hold`
      const [value, floorValue] = [nle[of] * factor, floor[of] * factor]
      return { scenario: 'reporting', name: full, unit, value, floor: floorValue }
    }
    return [
      figure('share of one CPU', '%', 'cpuShare', 100),
      figure('server CPU per 1,000 reports', 's', 'perReportS', 1_000),
      figure('resident memory', 'MB', 'rssKb', 1 / 1024),
      figure('written per thermostat and day', 'MB', 'bytesPerReport', MINUTES_A_DAY / 1e6),
    ]
  })

interface Reporting {
  readonly cpuShare: number
  readonly perReportS: number
  readonly rssKb: number
  readonly bytesPerReport: number
}

/** So many thermostats, from number `from` on, hold and report once a minute. */
export async function reportAndHold(
  server: ServerProcess,
  count: number,
  seconds: number,
  from = 0,
): Promise<Reporting> {
  const held = await holdAll(server.devicePort, from, from + count)
  const size = count / CROWDS
  const crowds = await Promise.all(
    Array.from({ length: CROWDS }, (_, n) => ReportingCrowd.open(server, size, from + n * size)),
  )
  const report = async (forS: number): Promise<number> => {
    const each = Math.round((size / MINUTE_S) * forS)
    const all = crowds.map((crowd) => crowd.report(size / MINUTE_S, (done) => done === each))
    return (await Promise.all(all)).reduce((sum, done) => sum + done, 0)
  }
  await report(seconds / 4)
  const before = { cpuS: server.cpuS(), bytes: server.writtenBytes(), atMs: performance.now() }
  const reports = await report(seconds)
  const cpuS = server.cpuS() - before.cpuS
  const bytes = server.writtenBytes() - before.bytes
  const elapsedS = (performance.now() - before.atMs) / 1000
  const { rssKb } = server.memory()
  for (const crowd of crowds) crowd.close()
  closeAll(held)
  return {
    cpuShare: cpuS / elapsedS,
    perReportS: cpuS / reports,
    rssKb,
    bytesPerReport: bytes / reports,
  }
}
