import { join } from 'node:path'
import { atMost, type Figure } from '../figure.ts'
import { closeAll, HeldThermostat } from '../held-thermostat.ts'
import { inFolder, type Scenario, sleep, withServer } from '../scenario.ts'
import { seed } from '../seed.ts'
import { floorCommand, nleCommand, type ServerProcess } from '../server-process.ts'
import { serialOf } from '../thermostat.ts'

/** All thermostats reconnect at once, as after a power cut: the time until all are held. */
export const storm: Scenario = ({ short }) =>
  inFolder(async (folder) => {
    const figures: Figure[] = []
    for (const count of short ? [500] : [1_000, 5_000]) {
      const db = join(folder, `nle-${count}.sqlite`)
      await seed(db, count)
      const floor = await withServer(floorCommand('bare', ''), (server) => reconnect(server, count))
      const nle = await withServer(nleCommand(db), (server) => reconnect(server, count))
      const name = (what: string) => `${what}, ${count.toLocaleString('en')} reconnect`
      figures.push(
        {
          scenario: 'storm',
          name: name('all held'),
          unit: 'ms',
          value: nle.ms,
          floor: floor.ms,
          target: count === 1_000 ? atMost(300) : undefined,
        },
        {
          scenario: 'storm',
          name: name('server CPU'),
          unit: 's',
          value: nle.cpuS,
          floor: floor.cpuS,
        },
      )
    }
    return figures
  })

async function reconnect(
  server: ServerProcess,
  count: number,
): Promise<{ ms: number; cpuS: number }> {
  const all = Array.from(
    { length: count },
    (_, n) => new HeldThermostat(serialOf(n), server.devicePort),
  )
  const cpuS = server.cpuS()
  const startedMs = performance.now()
  await Promise.all(all.map((one) => one.hold()))
  const ms = performance.now() - startedMs
  const used = server.cpuS() - cpuS
  await sleep(500)
  closeAll(all)
  return { ms, cpuS: used }
}
