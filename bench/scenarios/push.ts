import { join } from 'node:path'
import { atMost, type Figure } from '../figure.ts'
import { closeAll, type HeldThermostat, holdAll } from '../held-thermostat.ts'
import { LeanConnection } from '../lean-connection.ts'
import { quantile } from '../quantile.ts'
import { check, inFolder, type Scenario, withServer } from '../scenario.ts'
import { seed } from '../seed.ts'
import { floorCommand, nleCommand, type ServerProcess } from '../server-process.ts'
import { httpRequest } from '../thermostat.ts'

/** The time from a command to the chunk on the thermostat's socket, with 100 and 1,000 held. */
export const push: Scenario = ({ short }) =>
  inFolder(async (folder) => {
    const figures: Figure[] = []
    for (const count of short ? [100] : [100, 1_000]) {
      const commands = short ? 300 : 2_000
      const db = join(folder, `nle-${count}.sqlite`)
      await seed(db, count)
      const floorDb = join(folder, `floor-${count}.sqlite`)
      const floor = await withServer(floorCommand('full', floorDb), (server) =>
        commandToChunk(server, count, commands),
      )
      const nle = await withServer(nleCommand(db), (server) =>
        commandToChunk(server, count, commands),
      )
      const add = (name: string, unit: string, share: keyof Pushes, target?: Figure['target']) =>
        figures.push({
          scenario: 'push',
          name: `${name}, ${count.toLocaleString('en')} held`,
          unit,
          value: nle[share],
          floor: floor[share],
          target,
        })
      add('command to chunk p50', 'ms', 'p50Ms', atMost(1.3))
      add('command to chunk p99', 'ms', 'p99Ms')
      add('server CPU per 1,000 commands', 's', 'cpuS', atMost(2.3))
      add('written per command', 'KB', 'writtenKb', atMost(15))
    }
    return figures
  })

export interface Pushes {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuS: number
  readonly writtenKb: number
}

/**
 * Sends one command after the other, each to another thermostat.
 *
 * @param commanded - the server that the commands are sent to
 */
export async function commandToChunk(
  server: ServerProcess,
  count: number,
  commands: number,
  commanded = server,
): Promise<Pushes> {
  const all = await holdAll(server.devicePort, 0, count)
  const control = await LeanConnection.open(commanded.ownerAt)
  const one = async (n: number): Promise<number> => {
    const thermostat = all[n % all.length] as HeldThermostat
    const celsius = 15 + (n % 97) / 10
    const request = JSON.stringify({
      serial: thermostat.serial,
      command: 'set_temperature',
      value: celsius,
    })
    const arrived = thermostat.chunk()
    const startedMs = performance.now()
    const answered = control.ask(httpRequest('POST', '/command', request))
    const { document, atMs } = await arrived
    const { status } = await answered
    check(status === 200, () => `a command was answered ${status}`)
    const fits = document.includes(`"target_temperature":${celsius}`) || document === request
    check(fits, () => document)
    return atMs - startedMs
  }
  const warmUp = Math.floor(commands / 4)
  for (let n = 0; n < warmUp; n++) await one(n)
  const [cpuS, bytes] = [server.cpuS(), server.writtenBytes()]
  const times: number[] = []
  for (let n = 0; n < commands; n++) times.push(await one(warmUp + n))
  const used = server.cpuS() - cpuS
  const written = server.writtenBytes() - bytes
  control.close()
  closeAll(all)
  return {
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    cpuS: (used / commands) * 1000,
    writtenKb: written / commands / 1000,
  }
}
