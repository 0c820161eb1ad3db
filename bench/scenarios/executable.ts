import { copyFileSync, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { atMost, FigureList } from '../figure.ts'
import { LeanConnection } from '../lean-connection.ts'
import { Putter } from '../put-load.ts'
import { inFolder, type Scenario, withServer } from '../scenario.ts'
import { seed } from '../seed.ts'
import { executableCommand, floorCommand, type Memory, ROOT } from '../server-process.ts'
import { memoryAtRest, startTime } from '../start-time.ts'
import { serialOf } from '../thermostat.ts'

const CONNECTIONS = 32
const PUTS = 2_000

/** The executable for this machine: its start, its memory at rest and after puts, its size. */
export const executable: Scenario = ({ short }) =>
  inFolder(async (folder) => {
    const built = join(ROOT, `dist/nle-linux-${process.arch}`)
    if (!existsSync(built)) {
      throw new Error(`there is no ${built}: run scripts/build-binary.sh ${process.arch} first`)
    }
    // Installed, as it were: of a file that was just built, more pages are resident than are used.
    const file = join(folder, 'nle')
    copyFileSync(built, file)
    const runs = short ? 5 : 15
    const db = join(folder, 'nle.sqlite')
    await seed(db, CONNECTIONS)
    const empty = executableCommand(file, join(folder, 'empty.sqlite'))
    const bare = floorCommand('bare', '')
    const floor = await startTime(bare, runs)
    const started = await startTime(empty, runs)
    const atRest = { nle: await memoryAtRest(empty), floor: await memoryAtRest(bare) }
    const group = floorCommand('group', join(folder, 'group.sqlite'))
    const busy = {
      nle: await memoryAfterPuts(executableCommand(file, db)),
      floor: await memoryAfterPuts(group),
    }
    const figures = new FigureList('executable')
    const add = figures.add.bind(figures)
    const inMb = (kb: number) => kb / 1024
    const addMemory = (
      when: string,
      { nle, floor }: { nle: Memory; floor: Memory },
      targets: { readonly privateMb?: number; readonly residentMb: number },
    ): void => {
      const { privateMb, residentMb } = targets
      add(
        `private memory ${when}`,
        'MB',
        inMb(nle.privateKb),
        inMb(floor.privateKb),
        privateMb === undefined ? undefined : atMost(privateMb),
      )
      add(`resident memory ${when}`, 'MB', inMb(nle.rssKb), inMb(floor.rssKb), atMost(residentMb))
    }
    add('spawn to first answer', 'ms', started.wallMs, floor.wallMs, atMost(70))
    add('CPU time until then', 'ms', started.cpuMs, floor.cpuMs)
    addMemory('at rest', atRest, { privateMb: 18, residentMb: 70 })
    const afterPuts = `after ${PUTS.toLocaleString('en')} puts on ${CONNECTIONS} connections`
    addMemory(afterPuts, busy, { residentMb: 120 })
    add('size', 'MB', statSync(file).size / 1e6)
    return figures.all
  })

function memoryAfterPuts(command: readonly string[]): Promise<Memory> {
  return withServer(command, async (server) => {
    const putters: Putter[] = []
    for (let n = 0; n < CONNECTIONS; n++) {
      putters.push(new Putter(serialOf(n), await LeanConnection.open(server.devicePort)))
    }
    let left = PUTS
    await Promise.all(
      putters.map(async (putter) => {
        while (left-- > 0) await putter.put()
      }),
    )
    const memory = server.memory()
    for (const putter of putters) putter.close()
    return memory
  })
}
