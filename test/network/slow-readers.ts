import { join } from 'node:path'
import { INSPECTABLE } from '../../bench/garbage.ts'
import { holdAll } from '../../bench/held-thermostat.ts'
import { LeanConnection } from '../../bench/lean-connection.ts'
import { inFolder, withServer } from '../../bench/scenario.ts'
import { seed } from '../../bench/seed.ts'
import { nleCommand, type ServerProcess } from '../../bench/server-process.ts'
import { httpRequest, seededList, serialOf, subscribeRequest } from '../../bench/thermostat.ts'
import { descriptorsOf, type Report, secondsUntil, settledSize, sized, sizeOf } from './report.ts'
import { command, lastStates } from './requests.ts'
import { Strangers } from './strangers.ts'

const THERMOSTATS = 100
const COMMANDS_EACH = 50
/** The answer ends 3 s after the last push, and an idle connection is closed after 65 s. */
const CLOSED_WITHIN_S = 90
const CONFIRMED_WITHIN_S = 30

/**
 * Slow readers: thermostats that hold a connection and read no push, until their machine freezes. The
 * server must close the connections, and the pushes must arrive on the next ones.
 */
export function slowReaders(report: Report): Promise<void> {
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
        sends: serials.map((serial) => subscribeRequest(serial, seededList(serial))),
        reads: false,
        reconnects: false,
      })
      await secondsUntil(async () => (await held(server)) === THERMOSTATS, 10)
      for (let n = 0; n < COMMANDS_EACH; n++) {
        await Promise.all(serials.map((serial) => command(server, serial, 15 + (n % 50) / 10)))
      }
      report.say(
        `${THERMOSTATS * COMMANDS_EACH} commands pushed to ${THERMOSTATS} slow readers: ` +
          sized(sizeOf(server)),
      )
      strangers.freeze()
      const seconds = await secondsUntil(
        () => descriptorsOf(server) <= before.descriptors + 10,
        CLOSED_WITHIN_S,
      )
      report.check(
        seconds !== undefined,
        `not every connection is closed within ${CLOSED_WITHIN_S} s`,
      )
      report.say(
        `the last is closed after ${seconds?.toFixed(0)} s: ${sized(await settledSize(server))}`,
      )
      strangers.end()

      const back = await holdAll(server.devicePort, 0, THERMOSTATS)
      const arrived = async (): Promise<boolean> => {
        const states = await lastStates(server, serials)
        return serials.every((serial) => states.get(serial) === 'confirmed')
      }
      report.check(
        (await secondsUntil(arrived, CONFIRMED_WITHIN_S)) !== undefined,
        'the last command did not arrive after the reconnect',
      )
      report.say('after the reconnect, each has the last command that it had not confirmed')
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
