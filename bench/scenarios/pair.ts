import { join } from 'node:path'
import { atLeast, atMost, type Figure } from '../figure.ts'
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
import { commandToChunk } from './push.ts'

/** Thermostats that are paired at the same time, for the rate. */
const AT_ONCE = 8

/** Whole pairings (discovery, code, a put, subscription, claim), and the time from claim to chunk. */
export const pair: Scenario = ({ short }) =>
  inFolder(async (folder) => {
    const pairings = short ? 40 : 400
    const floor = await withServer(floorCommand('full', join(folder, 'floor.sqlite')), (server) =>
      commandToChunk(server, 100, pairings),
    )
    return withServer(nleCommand(join(folder, 'nle.sqlite')), async (server) => {
      const paired: Paired[] = []
      const control = await LeanConnection.open(server.ownerAt)
      for (let n = 0; n < pairings; n++) paired.push(await pairOne(server, control, n))
      control.close()
      const startedMs = performance.now()
      const line = async (first: number): Promise<void> => {
        const own = await LeanConnection.open(server.ownerAt)
        for (let n = first; n < pairings; n += AT_ONCE) {
          paired.push(await pairOne(server, own, pairings + n))
        }
        own.close()
      }
      await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => line(n)))
      const seconds = (performance.now() - startedMs) / 1000
      closeAll(paired.map(({ thermostat }) => thermostat))
      const alone = paired.slice(pairings / 4, pairings)
      const claims = alone.map(({ claimMs }) => claimMs)
      const add = (name: string, unit: string, value: number, others: Partial<Figure> = {}) => ({
        scenario: 'pair',
        name,
        unit,
        value,
        ...others,
      })
      return [
        add('register to chunk p50', 'ms', quantile(claims, 0.5), {
          floor: floor.p50Ms,
          target: atMost(0.5),
        }),
        add('register to chunk p99', 'ms', quantile(claims, 0.99), { floor: floor.p99Ms }),
        add(
          'whole pairing p50',
          'ms',
          quantile(
            alone.map(({ wholeMs }) => wholeMs),
            0.5,
          ),
        ),
        add('whole pairings, 8 at once', '/s', pairings / seconds, { target: atLeast(900) }),
      ]
    })
  })

interface Paired {
  readonly thermostat: HeldThermostat
  /** From the claim to the chunk. */
  readonly claimMs: number
  readonly wholeMs: number
}

/** @param control - a connection of the owner, used by one pairing at a time */
async function pairOne(server: ServerProcess, control: LeanConnection, n: number): Promise<Paired> {
  const startedMs = performance.now()
  const { code, listed } = await firstRequests(serialOf(n), server.devicePort)
  const thermostat = new HeldThermostat(serialOf(n), server.devicePort, listed)
  await thermostat.hold()
  const arrived = thermostat.chunk()
  const claimedMs = performance.now()
  const claim = JSON.stringify({ code, userId: USER_ID })
  const answered = control.ask(httpRequest('POST', '/api/register', claim))
  const { document, atMs } = await arrived
  const { body } = await answered
  check(body.includes('"success":true'), () => body)
  const both = document.includes(`"user.${USER_ID}"`) && document.includes('"structure.default"')
  check(both, () => document)
  return { thermostat, claimMs: atMs - claimedMs, wholeMs: performance.now() - startedMs }
}

/** A new thermostat finds the server, gets its code and puts a bucket, so that nothing is asked of it once it holds. */
async function firstRequests(
  serial: string,
  port: number,
): Promise<{ code: string; listed: Listed }> {
  const connection = await LeanConnection.open(port)
  const entry = await connection.ask(deviceRequest(serial, 'GET', '/nest/entry'))
  check(entry.body.includes('/nest/passphrase'), () => entry.body)
  const { body } = await connection.ask(deviceRequest(serial, 'GET', '/nest/passphrase'))
  const code = /"value":"([A-Z0-9]{7})"/.exec(body)?.[1]
  check(code !== undefined, () => body)
  const receipt = await connection.ask(putRequest(serial, 1, 0))
  connection.close()
  const [{ object_key, object_revision, object_timestamp }] = JSON.parse(receipt.body).objects
  const version = { revision: object_revision, timestamp: object_timestamp }
  return { code: code ?? '', listed: new Map([[object_key, version]]) }
}
