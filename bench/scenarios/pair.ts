import { join } from 'node:path'
import { atLeast, atMost, FigureList } from '../figure.ts'
import { closeAll, HeldThermostat } from '../held-thermostat.ts'
import { LeanConnection } from '../lean-connection.ts'
import { quantile } from '../quantile.ts'
import { check, inFolder, type Scenario, withServer } from '../scenario.ts'
import { floorCommand, nleCommand, type ServerProcess } from '../server-process.ts'
import {
  deviceRequest,
  httpRequest,
  type Listed,
  putRequest,
  serialOf,
  USER_ID,
} from '../thermostat.ts'

/** Thermostats that are paired at the same time, for the rate. */
const AT_ONCE = 8

/** Whole pairings (discovery, code, a put, subscription, claim), and the time from claim to chunk. */
export const pair: Scenario = ({ short }) =>
  inFolder(async (folder) => {
    const count = short ? 40 : 400
    const bare = floorCommand('full', join(folder, 'floor.sqlite'))
    const floor = await withServer(bare, (server) => pairAll(server, count, BARE))
    const nle = await withServer(nleCommand(join(folder, 'nle.sqlite')), (server) =>
      pairAll(server, count, NLE),
    )
    const figures = new FigureList('pair')
    const add = figures.add.bind(figures)
    add('register to chunk p50', 'ms', nle.claimP50Ms, floor.claimP50Ms, atMost(0.5))
    add('register to chunk p99', 'ms', nle.claimP99Ms, floor.claimP99Ms)
    add('whole pairing p50', 'ms', nle.wholeP50Ms, floor.wholeP50Ms)
    add('whole pairings, 8 at once', '/s', nle.perSecond, floor.perSecond, atLeast(900))
    add('server CPU per pairing', 'ms', nle.cpuMs, floor.cpuMs)
    return figures.all
  })

/** A thermostat before it holds its connection. */
interface Ready {
  /** The body of the claim. */
  readonly claim: string
  readonly listed: Listed
}

/** What differs between nle and a bare server. */
interface Steps {
  /** Its first three requests, on a connection of their own. */
  readonly first: (serial: string, connection: LeanConnection) => Promise<Ready>
  readonly claimPath: string
  readonly isClaimed: (claim: string, answer: string, document: string) => boolean
}

const NLE: Steps = {
  claimPath: '/api/register',
  // It puts a bucket, so that nothing is asked of it once it holds.
  async first(serial, connection) {
    const entry = await connection.ask(deviceRequest(serial, 'GET', '/nest/entry'))
    check(entry.body.includes('/nest/passphrase'), () => entry.body)
    const { body } = await connection.ask(deviceRequest(serial, 'GET', '/nest/passphrase'))
    const code = /"value":"([A-Z0-9]{7})"/.exec(body)?.[1]
    check(code !== undefined, () => body)
    const receipt = await connection.ask(putRequest(serial, 1, 0))
    const [{ object_key, object_revision, object_timestamp }] = JSON.parse(receipt.body).objects
    const version = { revision: object_revision, timestamp: object_timestamp }
    return {
      claim: JSON.stringify({ code, userId: USER_ID }),
      listed: new Map([[object_key, version]]),
    }
  },
  isClaimed: (_claim, answer, document) =>
    answer.includes('"success":true') &&
    document.includes(`"user.${USER_ID}"`) &&
    document.includes('"structure.default"'),
}

/** The same requests, each with a commit, and a push. */
const BARE: Steps = {
  claimPath: '/command',
  async first(serial, connection) {
    for (let n = 0; n < 3; n++) await connection.ask(putRequest(serial, n, n))
    const version = { revision: 1, timestamp: 1 }
    return { claim: JSON.stringify({ serial }), listed: new Map([[`device.${serial}`, version]]) }
  },
  isClaimed: (claim, _answer, document) => document === claim,
}

interface Paired {
  readonly thermostat: HeldThermostat
  /** From the claim to the chunk. */
  readonly claimMs: number
  readonly wholeMs: number
}

/** Pairs so many one after the other, and as many again several at a time. */
async function pairAll(server: ServerProcess, count: number, steps: Steps) {
  const alone: Paired[] = []
  const together: Paired[] = []
  const control = await LeanConnection.open(server.ownerAt)
  for (let n = 0; n < count; n++) alone.push(await pairOne(server, control, n, steps))
  control.close()
  const cpuS = server.cpuS()
  const startedMs = performance.now()
  const line = async (first: number): Promise<void> => {
    const own = await LeanConnection.open(server.ownerAt)
    for (let n = first; n < count; n += AT_ONCE) {
      together.push(await pairOne(server, own, count + n, steps))
    }
    own.close()
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => line(n)))
  const seconds = (performance.now() - startedMs) / 1000
  const cpuMs = ((server.cpuS() - cpuS) / count) * 1000
  closeAll([...alone, ...together].map(({ thermostat }) => thermostat))
  const warm = alone.slice(count / 4)
  const claims = warm.map(({ claimMs }) => claimMs)
  const whole = warm.map(({ wholeMs }) => wholeMs)
  return {
    claimP50Ms: quantile(claims, 0.5),
    claimP99Ms: quantile(claims, 0.99),
    wholeP50Ms: quantile(whole, 0.5),
    perSecond: count / seconds,
    cpuMs,
  }
}

/** @param control - a connection of the owner, used by one pairing at a time */
async function pairOne(
  server: ServerProcess,
  control: LeanConnection,
  n: number,
  { first, claimPath, isClaimed }: Steps,
): Promise<Paired> {
  const startedMs = performance.now()
  const serial = serialOf(n)
  const connection = await LeanConnection.open(server.devicePort)
  const { claim, listed } = await first(serial, connection)
  connection.close()
  const thermostat = new HeldThermostat(serial, server.devicePort, listed)
  await thermostat.hold()
  const arrived = thermostat.chunk()
  const claimedMs = performance.now()
  const answered = control.ask(httpRequest('POST', claimPath, claim))
  const { document, atMs } = await arrived
  const { body } = await answered
  check(isClaimed(claim, body, document), () => `${body}\n${document}`)
  return { thermostat, claimMs: atMs - claimedMs, wholeMs: performance.now() - startedMs }
}
