import type { LeanConnection } from '../../bench/lean-connection.ts'
import {
  deviceRequest,
  httpRequest,
  type Listed,
  putRequest,
  subscribeRequest,
  USER_ID,
} from '../../bench/thermostat.ts'
import { type HomeClient, refused } from './home-client.ts'
import { timed } from './tally.ts'

/**
 * A new thermostat starts up: it asks where everything is, puts what it has, shows its code and holds a
 * connection. Then its owner types the code.
 *
 * @returns the ms from the owner's request until the owner has the answer and the thermostat knows
 */
export async function pairNewcomer(
  serial: string,
  thermostat: HomeClient,
  owner: HomeClient,
): Promise<number> {
  await thermostat.ask('device', deviceRequest(serial, 'GET', '/nest/entry'))
  const put = await thermostat.ask('device', putRequest(serial, 0, 0))
  const shown = await thermostat.ask('device', deviceRequest(serial, 'GET', '/nest/passphrase'))
  const code = JSON.parse(shown.body).value
  const connection = await thermostat.open('device')
  try {
    const isTold = await hold(connection, serial, listedBy(put.body))
    return await timed(async () => {
      const claim = JSON.stringify({ code, userId: USER_ID })
      const { body } = await owner.ask('control', httpRequest('POST', '/api/register', claim))
      if (JSON.parse(body).success !== true) throw new Error(body)
      await isTold.told
    })
  } finally {
    connection.close()
  }
}

/** What a thermostat lists that has these receipts. */
function listedBy(receipts: string): Listed {
  const { objects } = JSON.parse(receipts) as {
    objects: { object_key: string; object_revision: number; object_timestamp: number }[]
  }
  return new Map(
    objects.map(({ object_key, object_revision, object_timestamp }) => [
      object_key,
      { revision: object_revision, timestamp: object_timestamp },
    ]),
  )
}

/** Resolves once the subscription is held; `told` resolves once the thermostat learns its user. */
function hold(
  connection: LeanConnection,
  serial: string,
  listed: Listed,
): Promise<{ readonly told: Promise<void> }> {
  return new Promise((held, notHeld) => {
    const told = new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void => {
        notHeld(error)
        reject(error)
      }
      connection.hold(subscribeRequest(serial, listed), {
        head: (status) => (status === 200 ? held({ told }) : fail(refused(status))),
        chunk: (document) => {
          if (document.includes(`"user.${USER_ID}"`)) resolve()
        },
        end: () => fail(new Error('the subscription ended before the thermostat was told')),
        failed: fail,
      })
    })
    // After a failed claim this promise is not awaited.
    told.catch(() => {})
  })
}
