import { join } from 'node:path'
import { atMost, FigureList } from '../figure.ts'
import { inFolder, type Scenario } from '../scenario.ts'
import { seed } from '../seed.ts'
import { floorCommand, nleCommand } from '../server-process.ts'
import { memoryAtRest, startTime } from '../start-time.ts'

/** From source: the time from spawn to the first answer to a thermostat, and memory at rest. */
export const start: Scenario = ({ short }) =>
  inFolder(async (folder) => {
    const runs = short ? 5 : 15
    const known = short ? 500 : 5_000
    const empty = join(folder, 'empty.sqlite')
    const full = join(folder, 'full.sqlite')
    await seed(full, known)
    const floor = await startTime(floorCommand('bare', ''), runs)
    const first = await startTime(nleCommand(empty), runs)
    const busy = await startTime(nleCommand(full), runs)
    const floorAtRest = await memoryAtRest(floorCommand('bare', ''))
    const atRest = await memoryAtRest(nleCommand(empty))
    const figures = new FigureList('start')
    const add = figures.add.bind(figures)
    const ofKnown = `${known.toLocaleString('en')} known`
    add('spawn to first answer, empty', 'ms', first.wallMs, floor.wallMs, atMost(110))
    add(`spawn to first answer, ${ofKnown}`, 'ms', busy.wallMs, floor.wallMs, atMost(110))
    add('CPU time until then, empty', 'ms', first.cpuMs, floor.cpuMs)
    add(
      'private memory at rest',
      'MB',
      atRest.privateKb / 1024,
      floorAtRest.privateKb / 1024,
      atMost(24),
    )
    add('resident memory at rest', 'MB', atRest.rssKb / 1024, floorAtRest.rssKb / 1024, atMost(70))
    return figures.all
  })
