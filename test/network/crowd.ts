import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { INSPECTABLE } from '../../bench/garbage.ts'
import { HeldThermostat } from '../../bench/held-thermostat.ts'
import { inFolder, sleep, withServer } from '../../bench/scenario.ts'
import { seed } from '../../bench/seed.ts'
import { nleCommand, type ServerProcess } from '../../bench/server-process.ts'
import { httpRequest, serialOf } from '../../bench/thermostat.ts'
import {
  askAll,
  askControl,
  COMPARED_HEAD,
  commands,
  compared,
  puts,
  subscribes,
} from './asking.ts'
import { descriptorsOf, type Report, secondsUntil, settledSize, sized, sizeOf } from './report.ts'
import { type Order, Strangers } from './strangers.ts'

const DEVICE_CONNECTIONS = 10_000
/** More than the control listener takes, so that it is full. */
const CONTROL_CONNECTIONS = 2_560
/** Descriptors that this program and the server need for themselves. */
const SPARE_DESCRIPTORS = 512
const SECONDS = 40
/** The longest of the listeners' patience, and some. */
const GONE_WITHIN_S = 90

/** Further crowds that come and go, and by how much the last may leave more behind than the first. */
const MORE_CROWDS = 3
const LEFT_BEHIND_MB = 60

/**
 * Thousands of connections on both listeners that say nothing, or one thing and then nothing, and come
 * back when they are closed. Meanwhile all that matters has to be answered; and when their machine
 * stands still, so that it never hangs up, they have to be gone soon. Another crowd, and another, must
 * not leave more and more behind.
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
        const seconds = await secondsUntil(gone, GONE_WITHIN_S)
        report.check(seconds !== undefined, `not all are gone within ${GONE_WITHIN_S} s`)
        return seconds ?? Number.NaN
      }
      const strangers = new Strangers()
      try {
        await amidst(report, server, held, strangers)
        strangers.freeze()
        const seconds = await areGone()
        report.say(`their machine stands still: the last is gone after ${seconds.toFixed(0)} s`)
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
      report.check(more <= LEFT_BEHIND_MB, `each crowd leaves more behind: ${more} MB`)
      held.close()
    })
  })
}

/** The questions of a household, alone and then in a crowd. */
async function amidst(
  report: Report,
  server: ServerProcess,
  held: HeldThermostat,
  strangers: Strangers,
): Promise<void> {
  const questions = {
    put: puts(server, serialOf(1)),
    'subscribe until held': subscribes(server, serialOf(2)),
    'command until there': commands(server, held),
    'GET /health': () => askControl(server, '/health'),
  }
  const alone = await askAll(report, questions, sleep(10_000))
  const count = await comeTogether(server, strangers)
  report.say(
    `strangers come: ${count.toLocaleString('en')} connections to the device listener, half of them silent; ` +
      `${CONTROL_CONNECTIONS.toLocaleString('en')} silent ones to the control listener`,
  )
  report.say(`all are there: ${sized(sizeOf(server))}`)
  const crowded = await askAll(report, questions, sleep(SECONDS * 1000))
  report.say(`after ${SECONDS} s of asking: ${sized(sizeOf(server))}`)
  report.say(COMPARED_HEAD)
  for (const line of compared(alone, crowded)) report.say(line)
}

/** As many as this machine lets a process have; how many came to the device listener. */
async function comeTogether(server: ServerProcess, strangers: Strangers): Promise<number> {
  const most = openFilesLimit() - SPARE_DESCRIPTORS - CONTROL_CONNECTIONS
  const count = Math.min(DEVICE_CONNECTIONS, most)
  const common = { host: '127.0.0.1', from: '127.0.0.2', reads: true, comesBack: true }
  const come = (port: number, says: readonly string[]): Promise<number[]> =>
    strangers.obey({ ...common, port, says } satisfies Order)
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
