import { join } from 'node:path'
import { atMost, type Figure } from '../figure.ts'
import { collectGarbage, INSPECTABLE } from '../garbage.ts'
import { closeAll, type HeldThermostat, holdAll } from '../held-thermostat.ts'
import { LeanConnection } from '../lean-connection.ts'
import { Putter } from '../put-load.ts'
import { inFolder, type Scenario, sleep, withServer } from '../scenario.ts'
import { seed } from '../seed.ts'
import { floorCommand, nleCommand, type ServerProcess } from '../server-process.ts'
import { serialOf } from '../thermostat.ts'

/** Thermostats held before the first measurement, so that one-time costs are not counted. */
const BASE = 500
const CONNECTIONS = 16
/** By then a server has given back the memory of its start. */
const SETTLES_MS = 7_000

/** Memory per held subscription and per known thermostat; CPU while nothing happens. */
export const held: Scenario = ({ short }) =>
  inFolder(async (folder) => {
    const steps = short ? [1_500] : [1_000, 5_000, 10_000]
    const most = Math.max(...steps) + BASE
    const db = join(folder, 'nle.sqlite')
    await seed(db, most)
    const bare = await whileHeld(floorCommand('bare', '').toSpliced(1, 0, ...INSPECTABLE), steps)
    const nle = await whileHeld(nleCommand(db, INSPECTABLE), steps, !short)
    const figures: Figure[] = steps.map((step, i) => ({
      scenario: 'held',
      name: `memory per held subscription, ${step.toLocaleString('en')} held`,
      unit: 'KB',
      value: nle.perHeldKb[i] ?? Number.NaN,
      floor: bare.perHeldKb[i],
      target: atMost(20),
    }))
    if (!short) {
      figures.push({
        scenario: 'held',
        name: 'CPU per minute of silence, all held',
        unit: 's',
        value: nle.silentCpuS * 60,
      })
      figures.push({
        scenario: 'held',
        name: 'memory per known idle thermostat, 10,000 known',
        unit: 'KB',
        value: await knownMemory(nleCommand(db, INSPECTABLE), 10_000),
      })
    }
    return figures
  })

/** Private KB per subscription at each step, and CPU seconds per second of silence while all are held, if asked for. */
function whileHeld(
  command: readonly string[],
  steps: readonly number[],
  waitsInSilence = false,
): Promise<{ perHeldKb: number[]; silentCpuS: number }> {
  return withServer(command, async (server) => {
    const all: HeldThermostat[] = await holdAll(server.devicePort, 0, BASE)
    await sleep(SETTLES_MS)
    const before = await settledKb(server)
    const perHeldKb: number[] = []
    for (const step of steps) {
      all.push(...(await holdAll(server.devicePort, all.length, step + BASE)))
      perHeldKb.push(((await settledKb(server)) - before) / step)
    }
    const silentCpuS = waitsInSilence ? await cpuInSilence(server) : Number.NaN
    closeAll(all)
    return { perHeldKb, silentCpuS }
  })
}

/** CPU seconds per second of silence. */
async function cpuInSilence(server: ServerProcess): Promise<number> {
  // V8 collects garbage once more some ten seconds after the last request.
  await sleep(15_000)
  const silenceS = 10
  const cpuS = server.cpuS()
  await sleep(silenceS * 1000)
  return (server.cpuS() - cpuS) / silenceS
}

/** Private KB per thermostat that has put once and is offline. */
function knownMemory(command: readonly string[], count: number): Promise<number> {
  return withServer(command, async (server) => {
    const connections: LeanConnection[] = []
    for (let i = 0; i < CONNECTIONS; i++)
      connections.push(await LeanConnection.open(server.devicePort))
    const putAll = async (serials: readonly string[], revision: number): Promise<void> => {
      const line = async (connection: LeanConnection, offset: number): Promise<void> => {
        for (let n = offset; n < serials.length; n += connections.length) {
          await new Putter(serials[n] ?? '', connection, revision).put()
        }
      }
      await Promise.all(connections.map(line))
    }
    const serials = Array.from({ length: count + BASE }, (_, n) => serialOf(n))
    // Warm-up with the same few, so that being known is all that is new about the others.
    for (let round = 0; round < 20; round++) await putAll(serials.slice(0, BASE), round + 1)
    await sleep(SETTLES_MS)
    const before = await settledKb(server)
    await putAll(serials.slice(BASE), 1)
    const after = await settledKb(server)
    for (const connection of connections) connection.close()
    return (after - before) / count
  })
}

/** Private memory after garbage collection, KB. */
async function settledKb(server: ServerProcess): Promise<number> {
  await sleep(1_000)
  for (let i = 0; i < 3; i++) await collectGarbage(server)
  await sleep(500)
  return server.memory().privateKb
}
