import { randomInt } from 'node:crypto'
import { deviceRequest, httpRequest } from '../../bench/thermostat.ts'
import { newDevice } from '../../src/protocol/thermostat/contact.ts'
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { decide } from '../helpers/seed-store.ts'

// Thermostats that strangers made up, and what they fill them with.

/** So many empty objects take long to parse, and little room. */
const OBJECTS_IN_A_BUCKET = 5_200
/** Together 229 KiB: a thermostat that was never paired may have 256 KiB. */
const BUCKETS = 15
const CODE_LETTERS = 'ACDEFGHJKMNPQRTUVWXY34679'

/** A serial that no thermostat has. */
export function madeUpSerial(): string {
  return `0FAC${text(12)}`
}

export function madeUpCode(): string {
  return text(7)
}

function text(length: number): string {
  return Array.from({ length }, () => CODE_LETTERS[randomInt(CODE_LETTERS.length)]).join('')
}

/** A put that fills a thermostat with 229 KiB; each `part` are other buckets. */
export function brimfulPut(serial: string, part: number): string {
  const objects = Object.entries(junk(part))
    .map(([key, value]) => `{"object_key":"${key}","value":${value}}`)
    .join()
  return deviceRequest(
    serial,
    'POST',
    '/nest/transport/put',
    `{"session":"s","objects":[${objects}]}`,
  )
}

/** Their values as JSON, by object key. */
function junk(part: number): Record<string, string> {
  const value = `{"a":[${Array(OBJECTS_IN_A_BUCKET).fill('{}').join()}]}`
  return Object.fromEntries(
    Array.from({ length: BUCKETS }, (_, n) => [`junk.${part * BUCKETS + n}`, value]),
  )
}

export function claim(code: string): string {
  return httpRequest('POST', '/api/register', JSON.stringify({ code, userId: 'stranger' }))
}

/** Puts made-up thermostats on file that are full to the brim. Their serials end in their numbers. */
export async function fillWithMadeUp(databasePath: string, count: number): Promise<void> {
  const nowMs = Date.now()
  const store = new SqliteStore(databasePath, { nowMs })
  const values = Object.entries(junk(0))
  for (let n = 0; n < count; n++) {
    const serial = storedSerial(n)
    await decide(store, serial, (draft) => {
      draft.setDevice(newDevice(nowMs))
      const reported = { [`shared.${serial}`]: '{}', [`device.${serial}`]: '{}' }
      for (const [objectKey, value] of [...Object.entries(reported), ...values]) {
        draft.putBucket(
          { objectKey, revision: 1, timestamp: nowMs, value: JSON.parse(value) },
          'seeded',
        )
      }
    })
  }
  store.close()
}

/** The serial of the n-th thermostat of `fillWithMadeUp`. */
export function storedSerial(n: number): string {
  return `0FAC${String(n).padStart(12, '0')}`
}
