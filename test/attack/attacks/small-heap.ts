import { deviceRequest, httpRequest, subscribeRequest } from '../../../bench/thermostat.ts'
import type { Attack } from '../attack.ts'
import { addresses, type Stranger } from '../crowd.ts'
import { fillWithMadeUp, madeUpSerial, storedSerial } from '../made-up.ts'
import { brimful } from './brimful.ts'
import { guessing } from './guessing.ts'
import { logFlood } from './log-flood.ts'
import { pipelining } from './pipelining.ts'
import { rowFlood } from './row-flood.ts'
import { slowReaders } from './slow-readers.ts'

const HEAP_MB = 96
const MADE_UP = 128
const ADDRESSES = 20
const FIRST_ADDRESS = 100
const EVERY_MS = 200
/** Just below 1 MiB, and many times that once parsed. */
const LARGE = `[${Array(340_000).fill('{}').join()}]`

/** A heap of 96 MB, and all strangers at once, with large bodies besides. */
export const smallHeap: Attack = {
  what: `everything at once and bodies of 1 MiB, on a heap of ${HEAP_MB} MB`,
  env: { NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}` },
  prepare: (databasePath) => fillWithMadeUp(databasePath, MADE_UP),
  mayRefuse: 'in any way',
  strangers: async (crowd) => {
    const attacks = [guessing, brimful, pipelining, slowReaders, logFlood, rowFlood]
    let n = 0
    await Promise.all([
      ...attacks.map(({ strangers }) => strangers(crowd)),
      crowd.repeat(addresses(ADDRESSES, FIRST_ADDRESS), EVERY_MS, (stranger) =>
        large(stranger, n++),
      ),
    ])
  },
}

async function large(stranger: Stranger, n: number): Promise<void> {
  const serial = madeUpSerial()
  switch (n % 3) {
    case 0: {
      const body = `{"serial":"${storedSerial(n % MADE_UP)}","command":"set_device_setting","value":${LARGE}}`
      await stranger.ask('control', 'large command', httpRequest('POST', '/command', body))
      return
    }
    case 1: {
      const body = `{"session":"s","objects":${LARGE}}`
      await stranger.ask(
        'device',
        'large put',
        deviceRequest(serial, 'POST', '/nest/transport/put', body),
      )
      return
    }
    default: {
      const many = Array.from(
        { length: 6_000 },
        (_, i) => [`junk.${i}`, { revision: 1, timestamp: 1 }] as const,
      )
      await stranger.ask('device', 'large subscribe', subscribeRequest(serial, new Map(many)))
    }
  }
}
