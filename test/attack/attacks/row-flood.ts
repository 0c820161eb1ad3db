import { randomUUID } from 'node:crypto'
import { deviceRequest, httpRequest } from '../../../bench/thermostat.ts'
import type { Attack } from '../attack.ts'
import { addresses, type Stranger } from '../crowd.ts'
import { fillWithMadeUp, madeUpSerial, storedSerial } from '../made-up.ts'

const MADE_UP = 40
const ADDRESSES = 20
const EVERY_MS = 50
const DAYS = 7
/** As many as a day may have. */
const ENTRIES = 96

/** Strangers send what becomes rows of the database: users, thermostats, and changes of the largest kind. */
export const rowFlood: Attack = {
  what: `${ADDRESSES} addresses make users, thermostats, and schedules of 80 kB`,
  prepare: (databasePath) => fillWithMadeUp(databasePath, MADE_UP),
  maxGrowth: { logMb: 2, databaseMb: 50 },
  strangers: (crowd) => {
    let n = 0
    return crowd.repeat(addresses(ADDRESSES), EVERY_MS, (stranger) => add(stranger, n++))
  },
}

async function add(stranger: Stranger, n: number): Promise<void> {
  switch (n % 4) {
    case 0: {
      const user = { userId: randomUUID(), email: `${randomUUID()}@example.org` }
      await stranger.ask(
        'control',
        'ensure-user',
        httpRequest('POST', '/api/ensure-user', JSON.stringify(user)),
      )
      return
    }
    case 1: {
      const serial = storedSerial(n % MADE_UP)
      const body = { serial, command: 'set_schedule', value: fullWeek(n) }
      await stranger.ask(
        'control',
        'set_schedule',
        httpRequest('POST', '/command', JSON.stringify(body)),
      )
      return
    }
    case 2: {
      const passphrase = deviceRequest(madeUpSerial(), 'GET', '/nest/passphrase')
      await stranger.ask('device', 'newcomer', passphrase)
      return
    }
    default: {
      const serial = storedSerial(n % MADE_UP)
      const key = `{"object_key":"junk.${n}","value":{"n":${n}}}`
      const put = `{"session":"s","objects":[${key}]}`
      await stranger.ask(
        'device',
        'new bucket',
        deviceRequest(serial, 'POST', '/nest/transport/put', put),
      )
    }
  }
}

/** A week that differs for each `n`. */
function fullWeek(n: number): object {
  const entry = (time: number): object => ({
    type: 'RANGE',
    time,
    entry_type: 'continuation',
    'temp-min': 10 + 1 / 7 + (n % 500) / 100,
    'temp-max': 25 + 1 / 7,
  })
  const day = Array.from({ length: ENTRIES }, (_, i) => entry(i * 900))
  return { ver: 2, schedule_mode: 'RANGE', days: Array(DAYS).fill(day) }
}
