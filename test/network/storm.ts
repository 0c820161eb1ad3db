import { join } from 'node:path'
import { INSPECTABLE } from '../../bench/garbage.ts'
import { type HeldThermostat, holdAll } from '../../bench/held-thermostat.ts'
import { inFolder, sleep, withServer } from '../../bench/scenario.ts'
import { seed } from '../../bench/seed.ts'
import { nleCommand, type ServerProcess } from '../../bench/server-process.ts'
import { type Report, secondsUntil, settledSize, sized } from './report.ts'
import { askControl, COMPARED_HEAD, command, compared, lastStates, requestAll } from './requests.ts'

const THERMOSTATS = 1_000
const ROUNDS = 5
const COMMANDED = 100
/** A push, the 3 s until its answer ends, and the subscribe that confirms it. */
const CONFIRMED_WITHIN_S = 30

/**
 * All thermostats reconnect at once, as after a power cut, while clients call the control API and send
 * commands to thermostats that are offline, reconnecting or just back.
 */
export function storm(report: Report): Promise<void> {
  return inFolder(async (folder) => {
    const db = join(folder, 'nle.sqlite')
    await seed(db, THERMOSTATS)
    await withServer(nleCommand(db, INSPECTABLE), async (server) => {
      const requests = {
        'GET /health': () => askControl(server, '/health'),
        'GET /api/stats': () => askControl(server, '/api/stats'),
      }
      const all = await holdAll(server.devicePort, 0, THERMOSTATS)
      report.say(`${THERMOSTATS} held: ${sized(await settledSize(server))}`)
      const alone = await requestAll(report, requests, sleep(5_000))
      const amidst = await requestAll(report, requests, rounds(report, server, all))
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
    `${ROUNDS} times ${THERMOSTATS} reconnected at once, within ` +
      `${tookMs.map((ms) => ms.toFixed(0)).join(', ')} ms; ` +
      `all ${ROUNDS * COMMANDED} commands sent meanwhile arrived`,
  )
}
