import { deviceRequest, httpRequest } from '../../../bench/thermostat.ts'
import type { Attack } from '../attack.ts'
import { addresses, type Crowd, type Stranger } from '../crowd.ts'
import { brimfulPut, claim, madeUpSerial } from '../made-up.ts'

const THERMOSTATS = 300
const MAKERS = 40
/** Further parts of 229 KiB that a paired one has room for: a thermostat may have 1 MiB. */
const MORE_PARTS = 3
const MAKE_EVERY_MS = 20
const READERS = 8
const LIST_EVERY_MS = 100

/** Strangers make up thermostats, pair them themselves, fill them to the brim, and ask for the lists. */
export const brimful: Attack = {
  what: `${THERMOSTATS} made-up thermostats, as full as the server allows, and their lists`,
  strangers: async (crowd) => {
    const serials = await fill(crowd)
    crowd.count('made-up thermostats', serials.length)
    const paths = [
      '/api/devices',
      '/api/devices?all=1',
      '/api/stats',
      ...serials.slice(0, 1).map((serial) => `/status?serial=${serial}`),
    ]
    let n = 0
    await crowd.repeat(addresses(READERS, MAKERS), LIST_EVERY_MS, async (stranger) => {
      const path = paths[n++ % paths.length] ?? '/'
      await stranger.ask('control', path.replace(/=0FAC.*/, ''), httpRequest('GET', path))
    })
  },
}

/** Resolves to the serials, once there are enough or half of the time is over. */
async function fill(crowd: Crowd): Promise<string[]> {
  const untilLeftMs = crowd.leftMs / 2
  const serials: string[] = []
  const isOver = (): boolean => crowd.leftMs < untilLeftMs || serials.length >= THERMOSTATS
  const make = async (stranger: Stranger): Promise<void> => {
    const serial = madeUpSerial()
    if (await makeUp(stranger, serial)) serials.push(serial)
  }
  await crowd.repeat(addresses(MAKERS), MAKE_EVERY_MS, make, isOver)
  return serials
}

async function makeUp(stranger: Stranger, serial: string): Promise<boolean> {
  const first = await stranger.ask('device', 'first put', brimfulPut(serial, 0))
  if (first?.status !== 200) return false
  const passphrase = deviceRequest(serial, 'GET', '/nest/passphrase')
  const shown = await stranger.ask('device', 'code', passphrase)
  const code = /"value":"([A-Z0-9]{7})"/.exec(shown?.body ?? '')?.[1]
  if (code === undefined) return true
  await stranger.ask('control', 'claim', claim(code))
  for (let part = 1; part <= MORE_PARTS; part++) {
    await stranger.ask('device', 'further put', brimfulPut(serial, part))
  }
  return true
}
