import { join } from 'node:path'
import { atMost } from '../figure.ts'
import { closeAll, HeldThermostat } from '../held-thermostat.ts'
import { LeanConnection } from '../lean-connection.ts'
import { quantile } from '../quantile.ts'
import { check, inFolder, type Scenario, withServer } from '../scenario.ts'
import { floorCommand, nleCommand } from '../server-process.ts'
import {
  deviceRequest,
  httpRequest,
  type Listed,
  putRequest,
  serialOf,
  USER_ID,
} from '../thermostat.ts'
import { commandToChunk } from './push.ts'

/** Whole pairings (discovery, code, subscription, claim), and the time from claim to chunk. */
export const pair: Scenario = ({ short }) =>
  inFolder(async (folder) => {
    const pairings = short ? 40 : 400
    const floor = await withServer(floorCommand('full', join(folder, 'floor.sqlite')), (server) =>
      commandToChunk(server, 100, pairings),
    )
    return withServer(nleCommand(join(folder, 'nle.sqlite')), async (server) => {
      const control = await LeanConnection.open(server.ownerAt)
      const all: HeldThermostat[] = []
      const wholes: number[] = []
      const claims: number[] = []
      for (let n = 0; n < pairings; n++) {
        const startedMs = performance.now()
        const { code, listed } = await firstRequests(serialOf(n), server.devicePort)
        const one = new HeldThermostat(serialOf(n), server.devicePort, listed)
        all.push(one)
        await one.hold()
        const arrived = one.chunk()
        const claimedMs = performance.now()
        const claim = JSON.stringify({ code, userId: USER_ID })
        const answered = control.ask(httpRequest('POST', '/api/register', claim))
        const { document, atMs } = await arrived
        const { body } = await answered
        check(body.includes('"success":true'), () => body)
        const both =
          document.includes(`"user.${USER_ID}"`) && document.includes('"structure.default"')
        check(both, () => document)
        claims.push(atMs - claimedMs)
        wholes.push(performance.now() - startedMs)
      }
      control.close()
      closeAll(all)
      const warm = claims.slice(Math.floor(claims.length / 4))
      return [
        {
          scenario: 'pair',
          name: 'register to chunk p50',
          unit: 'ms',
          value: quantile(warm, 0.5),
          floor: floor.p50Ms,
          target: atMost(1),
        },
        {
          scenario: 'pair',
          name: 'register to chunk p99',
          unit: 'ms',
          value: quantile(warm, 0.99),
          floor: floor.p99Ms,
        },
        { scenario: 'pair', name: 'whole pairing p50', unit: 'ms', value: quantile(wholes, 0.5) },
      ]
    })
  })

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
