import { join } from 'node:path'
import { INSPECTABLE } from '../../bench/garbage.ts'
import { holdAll } from '../../bench/held-thermostat.ts'
import { LeanConnection } from '../../bench/lean-connection.ts'
import { inFolder, withServer } from '../../bench/scenario.ts'
import { seed } from '../../bench/seed.ts'
import { nleCommand, type ServerProcess } from '../../bench/server-process.ts'
import { httpRequest, seededList, serialOf, subscribeRequest } from '../../bench/thermostat.ts'
import { command, lastStates } from './asking.ts'
import { descriptorsOf, type Report, secondsUntil, settledSize, sized, sizeOf } from './report.ts'
import { Strangers } from './strangers.ts'

const THERMOSTATS = 100
const COMMANDS_EACH = 50
/** Three seconds after the last push the answer ends, and an idle connection goes after 65. */
const GONE_WITHIN_S = 90
const CONFIRMED_WITHIN_S = 30

/**
 * Thermostats that hold a connection and read nothing of what is pushed to them, until their machine
 * stands still altogether. The connections have to go; what was pushed has to arrive on the next ones.
 */
export function deaf(report: Report): Promise<void> {
  return inFolder(async (folder) => {
    const db = join(folder, 'nle.sqlite')
    await seed(db, THERMOSTATS)
    await withServer(nleCommand(db, INSPECTABLE), async (server) => {
      const serials = Array.from({ length: THERMOSTATS }, (_, n) => serialOf(n))
      const before = await settledSize(server)
      report.say(`before: ${sized(before)}`)
      const strangers = new Strangers()
      await strangers.obey({
        host: '127.0.0.1',
        port: server.devicePort,
        says: serials.map((serial) => subscribeRequest(serial, seededList(serial))),
        reads: false,
        comesBack: false,
      })
      await secondsUntil(async () => (await held(server)) === THERMOSTATS, 10)
      for (let n = 0; n < COMMANDS_EACH; n++) {
        await Promise.all(serials.map((serial) => command(server, serial, 15 + (n % 50) / 10)))
      }
      report.say(
        `${THERMOSTATS * COMMANDS_EACH} commands pushed to ${THERMOSTATS} that read nothing: ` +
          sized(sizeOf(server)),
      )
      strangers.freeze()
      const seconds = await secondsUntil(
        () => descriptorsOf(server) <= before.descriptors + 10,
        GONE_WITHIN_S,
      )
      report.check(seconds !== undefined, `not all are gone within ${GONE_WITHIN_S} s`)
      report.say(
        `the last is gone after ${seconds?.toFixed(0)} s: ${sized(await settledSize(server))}`,
      )
      strangers.end()

      const back = await holdAll(server.devicePort, 0, THERMOSTATS)
      const arrived = async (): Promise<boolean> => {
        const states = await lastStates(server, serials)
        return serials.every((serial) => states.get(serial) === 'confirmed')
      }
      report.check(
        (await secondsUntil(arrived, CONFIRMED_WITHIN_S)) !== undefined,
        'the last command did not arrive when the thermostat came back',
      )
      report.say('back again, each is sent the last command it was not heard to take')
      for (const one of back) one.close()
    })
  })
}

async function held(server: ServerProcess): Promise<number> {
  const connection = await LeanConnection.open(server.controlPort)
  const { body } = await connection.ask(httpRequest('GET', '/api/stats'))
  connection.close()
  return JSON.parse(body).subscriptions.total_subscriptions
}
