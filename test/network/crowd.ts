import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { INSPECTABLE } from '../../bench/garbage.ts'
import { HeldThermostat } from '../../bench/held-thermostat.ts'
import { inFolder, sleep, withServer } from '../../bench/scenario.ts'
import { seed } from '../../bench/seed.ts'
import { nleCommand, type ServerProcess } from '../../bench/server-process.ts'
import { httpRequest, serialOf } from '../../bench/thermostat.ts'
import { descriptorsOf, type Report, secondsUntil, settledSize, sized, sizeOf } from './report.ts'
import {
  askControl,
  COMPARED_HEAD,
  commands,
  compared,
  puts,
  requestAll,
  subscribes,
} from './requests.ts'
import { type ConnectOrder, Strangers } from './strangers.ts'

const DEVICE_CONNECTIONS = 10_000
/** More than the control listener accepts, so that it is full. */
const CONTROL_CONNECTIONS = 2_560
/** Descriptors that this program and the server need for themselves. */
const SPARE_DESCRIPTORS = 512
const SECONDS = 40
/** A little more than the longest timeout of the listeners. */
const CLOSED_WITHIN_S = 90

/** Further crowds that come and go, and how much more memory the last may leave in use than the first. */
const MORE_CROWDS = 3
const LEFT_BEHIND_MB = 60

/**
 * Opens thousands of connections to both listeners that send nothing, or one request and then nothing,
 * and reconnect when closed. Meanwhile the requests of a household must be answered. When the clients'
 * machine freezes and never closes a connection, the server must close them all soon. Further crowds
 * must not leave more and more memory in use.
 */
export function crowd(report: Report): Promise<void> {
  return inFolder(async (folder) => {
    const db = join(folder, 'nle.sqlite')
    await seed(db, 4)
    await withServer(nleCommand(db, INSPECTABLE), async (server) => {
      const held = new HeldThermostat(serialOf(0), server.devicePort)
      await held.hold()
      const before = await settledSize(server)
      report.say(`before: ${sized(before)}`)
      const areGone = async (): Promise<number> => {
        const gone = (): boolean => descriptorsOf(server) <= before.descriptors + 10
        const seconds = await secondsUntil(gone, CLOSED_WITHIN_S)
        report.check(
          seconds !== undefined,
          `not every connection is closed within ${CLOSED_WITHIN_S} s`,
        )
        return seconds ?? Number.NaN
      }
      const strangers = new Strangers()
      try {
        await amidst(report, server, held, strangers)
        strangers.freeze()
        const seconds = await areGone()
        report.say(
          `their machine freezes: the last connection is closed after ${seconds.toFixed(0)} s`,
        )
      } finally {
        strangers.end()
      }
      const first = await settledSize(server)
      report.say(`afterwards: ${sized(first)}`)
      let last = first
      for (let n = 0; n < MORE_CROWDS; n++) {
        const others = new Strangers()
        await comeTogether(server, others).finally(() => others.end())
        await areGone()
        last = await settledSize(server)
        report.say(`after another crowd: ${sized(last)}`)
      }
      const more = last.privateMb - first.privateMb
      report.check(
        more <= LEFT_BEHIND_MB,
        `later crowds left ${more} MB more in use than the first`,
      )
      held.close()
    })
  })
}

/** Sends the requests of a household, first alone and then in a crowd. */
async function amidst(
  report: Report,
  server: ServerProcess,
  held: HeldThermostat,
  strangers: Strangers,
): Promise<void> {
  const requests = {
    put: puts(server, serialOf(1)),
    'subscribe until held': subscribes(server, serialOf(2)),
    'command until there': commands(server, held),
    'GET /health': () => askControl(server, '/health'),
  }
  const alone = await requestAll(report, requests, sleep(10_000))
  const count = await comeTogether(server, strangers)
  report.say(
    `a crowd connects: ${count.toLocaleString('en')} connections to the device listener, half of them silent; ` +
      `${CONTROL_CONNECTIONS.toLocaleString('en')} silent ones to the control listener`,
  )
  report.say(`all are connected: ${sized(sizeOf(server))}`)
  const crowded = await requestAll(report, requests, sleep(SECONDS * 1000))
  report.say(`after ${SECONDS} s of requests: ${sized(sizeOf(server))}`)
  report.say(COMPARED_HEAD)
  for (const line of compared(alone, crowded)) report.say(line)
}

/** Connects as many as this machine allows; resolves to how many reached the device listener. */
async function comeTogether(server: ServerProcess, strangers: Strangers): Promise<number> {
  const most = openFilesLimit() - SPARE_DESCRIPTORS - CONTROL_CONNECTIONS
  const count = Math.min(DEVICE_CONNECTIONS, most)
  const common = { host: '127.0.0.1', from: '127.0.0.2', reads: true, reconnects: true }
  const come = (port: number, sends: readonly string[]): Promise<number[]> =>
    strangers.obey({ ...common, port, sends } satisfies ConnectOrder)
  const half = Math.floor(count / 2)
  await come(server.devicePort, Array(half).fill(''))
  await come(server.devicePort, Array(count - half).fill(httpRequest('GET', '/nest/ping')))
  await come(server.controlPort, Array(CONTROL_CONNECTIONS).fill(''))
  return count
}

function openFilesLimit(): number {
  const text = readFileSync('/proc/self/limits', 'utf8')
  return Number(/^Max open files\s+(\d+)/m.exec(text)?.[1] ?? 1024)
}
