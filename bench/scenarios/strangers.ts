import { join } from 'node:path'
import type { JsonObject } from '../../src/protocol/bucket.ts'
import { newDevice } from '../../src/protocol/thermostat/contact.ts'
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { decide } from '../../test/helpers/seed-store.ts'
import { atMost, type Figure } from '../figure.ts'
import { LeanConnection } from '../lean-connection.ts'
import { median } from '../quantile.ts'
import { check, inFolder, type Scenario, withServer } from '../scenario.ts'
import { seed } from '../seed.ts'
import { nleCommand } from '../server-process.ts'
import { deviceValue, httpRequest, SEEDED_AT_MS, serialOf, sharedValue } from '../thermostat.ts'

const REAL = 3
/** As many as may be on file without being paired. */
const STRANGERS = 256
/** A little less than one of them may have, characters. */
const JUNK_CHARS = 230_000
const JUNK_BUCKETS = 15
const FIELD_CHARS = 20

const JUNK: Record<string, JsonObject> = Object.fromEntries(
  Array.from({ length: JUNK_BUCKETS }, (_, n) => [`junk.${n}`, junk()]),
)

function junk(): JsonObject {
  const fields = Math.floor(JUNK_CHARS / JUNK_BUCKETS / FIELD_CHARS)
  return Object.fromEntries(
    Array.from({ length: fields }, (_, n) => [`junk_${String(n).padStart(7, '0')}`, 1000]),
  )
}

interface Kind {
  readonly name: string
  /** The list that shows them, and how many it has. */
  readonly path: string
  readonly listed: number
  readonly bucketsOf: (serial: string) => Record<string, JsonObject>
  readonly targets: { readonly first?: Figure['target']; readonly p50?: Figure['target'] }
}

const KINDS: readonly Kind[] = [
  {
    name: 'junk alone',
    path: '/api/devices',
    listed: REAL,
    bucketsOf: () => JUNK,
    targets: { first: atMost(15), p50: atMost(3) },
  },
  {
    name: 'junk beside a full upload',
    path: '/api/devices',
    listed: REAL + STRANGERS,
    bucketsOf: (serial) => ({
      ...JUNK,
      [`device.${serial}`]: deviceValue(serial),
      [`shared.${serial}`]: sharedValue(),
    }),
    targets: {},
  },
]

/**
 * What the lists cost while made-up thermostats take every place, each full to the brim. The floor is the
 * same server with the real thermostats alone.
 */
export const strangers: Scenario = ({ short }) =>
  inFolder(async (folder) => {
    const times = short ? 20 : 100
    const alone = join(folder, 'alone.sqlite')
    await seed(alone, REAL)
    const floor = await measured(alone, REAL, KINDS[0] as Kind, times)
    const figures: Figure[] = []
    for (const kind of KINDS) {
      const db = join(folder, `${kind.name}.sqlite`)
      await seed(db, REAL)
      await addStrangers(db, kind.bucketsOf)
      const found = await measured(db, REAL + STRANGERS, kind, times)
      const add = (name: keyof typeof found, unit: string, target?: Figure['target']): void => {
        const of = { value: found[name], floor: floor[name], target }
        figures.push({ scenario: 'strangers', name: `${name}, ${kind.name}`, unit, ...of })
      }
      add('first list', 'ms', kind.targets.first)
      add('list p50', 'ms', kind.targets.p50)
      add('list CPU per 1,000', 's')
      add('status CPU per 1,000', 's')
    }
    return figures
  })

async function addStrangers(
  databasePath: string,
  bucketsOf: (serial: string) => Record<string, JsonObject>,
): Promise<void> {
  const store = new SqliteStore(databasePath, { nowMs: SEEDED_AT_MS })
  for (let n = REAL; n < REAL + STRANGERS; n++) {
    const serial = serialOf(n)
    await decide(store, serial, (draft) => {
      draft.setDevice(newDevice(Date.now()))
      for (const [objectKey, value] of Object.entries(bucketsOf(serial))) {
        draft.putBucket({ objectKey, revision: 1, timestamp: SEEDED_AT_MS, value }, 'seeded')
      }
    })
  }
  store.close()
}

function measured(databasePath: string, known: number, { path, listed }: Kind, times: number) {
  return withServer(nleCommand(databasePath), async (server) => {
    const connection = await LeanConnection.open(server.controlPort)
    const ask = async (path: string): Promise<{ ms: number; body: string }> => {
      const startedMs = performance.now()
      const { status, body } = await connection.ask(httpRequest('GET', path))
      check(status === 200, () => `${path} was answered ${status}`)
      return { ms: performance.now() - startedMs, body }
    }
    // The first requests of all compile the code; these read no bucket.
    await ask('/health')
    await ask('/api/stats')
    const first = await ask(path)
    check(first.body.endsWith(`"total":${listed}}`), () => first.body.slice(-40))
    const lists: number[] = []
    const beforeListsS = server.cpuS()
    for (let n = 0; n < times; n++) lists.push((await ask(path)).ms)
    const beforeStatusS = server.cpuS()
    for (let n = 0; n < times * 10; n++) await ask(`/status?serial=${serialOf(n % known)}`)
    const afterS = server.cpuS()
    connection.close()
    return {
      'first list': first.ms,
      'list p50': median(lists),
      'list CPU per 1,000': ((beforeStatusS - beforeListsS) / times) * 1000,
      'status CPU per 1,000': ((afterS - beforeStatusS) / (times * 10)) * 1000,
    }
  })
}
