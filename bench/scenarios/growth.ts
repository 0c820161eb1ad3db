import { join } from 'node:path'
import type { Figure } from '../figure.ts'
import { putLoad } from '../put-load.ts'
import { inFolder, type Scenario, withServer } from '../scenario.ts'
import { seed } from '../seed.ts'
import { nleCommand } from '../server-process.ts'
import { commandToChunk } from './push.ts'
import { reportAndHold } from './reporting.ts'

const CALLING = 10
const REPORTING = 800

/** The cost of a put and a push as more thermostats are known; the floor is the cost with the fewest. */
export const growth: Scenario = ({ short }) =>
  inFolder(async (folder) => {
    const figures: Figure[] = []
    const fewest: Record<string, number> = {}
    for (const known of short ? [10, 2_000] : [10, 1_000, 100_000]) {
      const db = join(folder, `${known}.sqlite`)
      await seed(db, known)
      const add = (name: string, unit: string, value: number) => {
        const floor = fewest[name]
        fewest[name] ??= value
        const at = `${name}, ${known.toLocaleString('en')} known`
        figures.push({ scenario: 'growth', name: at, unit, value, floor })
      }
      await withServer(nleCommand(db), async (server) => {
        const times = short ? { seconds: 1.5, warmUpSeconds: 1 } : { seconds: 4, warmUpSeconds: 2 }
        const puts = await putLoad(server, { ...times, connections: CALLING })
        add('put CPU per 1,000', 's', puts.cpuS)
        add('put written', 'KB', puts.bytesPerPut / 1000)
        const pushes = await commandToChunk(server, CALLING, short ? 200 : 1_000)
        add('command CPU per 1,000', 's', pushes.cpuS)
        add('command to chunk p50', 'ms', pushes.p50Ms)
      })
      if (known < CALLING + REPORTING) continue
      await withServer(nleCommand(db), async (server) => {
        const seconds = short ? 5 : 30
        const { perReportS, rssKb } = await reportAndHold(server, REPORTING, seconds, CALLING)
        const who = `${REPORTING.toLocaleString('en')} report each minute and hold`
        add(`CPU per 1,000 reports while ${who}`, 's', perReportS * 1_000)
        add(`resident memory while ${who}`, 'MB', rssKb / 1024)
      })
    }
    return figures
  })
