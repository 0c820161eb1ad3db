import { join } from 'node:path'
import { INSPECTABLE } from '../../bench/garbage.ts'
import { type HeldThermostat, holdAll } from '../../bench/held-thermostat.ts'
import { inFolder, sleep, withServer } from '../../bench/scenario.ts'
import { seed } from '../../bench/seed.ts'
import { nleCommand, type ServerProcess } from '../../bench/server-process.ts'
import { askAll, askControl, COMPARED_HEAD, command, compared, lastStates } from './asking.ts'
import { type Report, secondsUntil, settledSize, sized } from './report.ts'

const THERMOSTATS = 1_000
const ROUNDS = 5
const COMMANDED = 100
/** A push, its three seconds, and the subscribe that shows it has arrived. */
const CONFIRMED_WITHIN_S = 30

/**
 * Everybody comes back at once, as after a power cut, while somebody asks the control API and sends
 * commands to thermostats that are gone, coming, or just back.
 */
export function storm(report: Report): Promise<void> {
  return inFolder(async (folder) => {
    const db = join(folder, 'nle.sqlite')
    await seed(db, THERMOSTATS)
    await withServer(nleCommand(db, INSPECTABLE), async (server) => {
      const questions = {
        'GET /health': () => askControl(server, '/health'),
        'GET /api/stats': () => askControl(server, '/api/stats'),
      }
      const all = await holdAll(server.devicePort, 0, THERMOSTATS)
      report.say(`${THERMOSTATS} held: ${sized(await settledSize(server))}`)
      const alone = await askAll(report, questions, sleep(5_000))
      const amidst = await askAll(report, questions, rounds(report, server, all))
      report.say(COMPARED_HEAD)
      for (const line of compared(alone, amidst)) report.say(line)
      report.say(`${THERMOSTATS} held again: ${sized(await settledSize(server))}`)
      for (const one of all) {
        one.close()
        if (one.error !== undefined) report.fail(one.error.message)
      }
    })
  })
}

async function rounds(
  report: Report,
  server: ServerProcess,
  all: readonly HeldThermostat[],
): Promise<void> {
  const tookMs: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const serials = all.slice(round * COMMANDED, (round + 1) * COMMANDED).map((one) => one.serial)
    for (const one of all) one.drop()
    const startedMs = performance.now()
    const back = Promise.all(all.map((one) => one.hold())).then(() => {
      tookMs.push(performance.now() - startedMs)
    })
    for (const [n, serial] of serials.entries()) await command(server, serial, 10 + n / 10 + round)
    await back
    const arrived = async (): Promise<boolean> => {
      const states = await lastStates(server, serials)
      return serials.every((serial) => states.get(serial) === 'confirmed')
    }
    const seconds = await secondsUntil(arrived, CONFIRMED_WITHIN_S)
    report.check(seconds !== undefined, 'a command sent in the storm did not arrive')
  }
  report.say(
    `${ROUNDS} times ${THERMOSTATS} came back at once, within ` +
      `${tookMs.map((ms) => ms.toFixed(0)).join(', ')} ms; ` +
      `${ROUNDS * COMMANDED} commands sent meanwhile have arrived`,
  )
}
