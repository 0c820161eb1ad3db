import t, { type Test } from 'tap'
import { resolveConfig } from '../../../src/config.ts'
import { MAX_UNPAIRED } from '../../../src/protocol/pairing/newcomer-limits.ts'
import { MAX_BUCKET_LENGTH } from '../../../src/protocol/transport/bucket-room.ts'
import { MAX_UNKNOWN_BYTES, totalRoom } from '../../../src/protocol/transport/unknown-buckets.ts'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { makeServices } from '../../../src/server/services.ts'
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { ManualClock, START_MS } from '../../helpers/manual-clock.ts'

const OWNED = '02AA01AC12345678'
/** What fits an unpaired thermostat besides its dialog. */
const VALUE = { text: 'x'.repeat(MAX_BUCKET_LENGTH - 2_000) }

function serialOf(n: number): string {
  return `FACE${String(n).padStart(12, '0')}`
}

/** The server without sockets, and a way to put. */
function start(t: Test) {
  const store = new SqliteStore(':memory:', { nowMs: START_MS })
  t.teardown(() => store.close())
  const { config } = resolveConfig({}, {})
  const clock = new ManualClock()
  const warnings: string[] = []
  const log = { ...silentLogger, warn: (event: string) => void warnings.push(event) }
  const services = makeServices(store, { config, clock, log })
  const put = (serial: string, objectKey: string, value: Record<string, string> = VALUE) => {
    clock.advance(1)
    const object = { objectKey, value, baseRevision: undefined, ifRevision: undefined }
    // Each from an address of its own, so that every one gets a place.
    const caller = { serial, network: serial }
    return services.transport.put(caller, { objects: [object], refused: [] })
  }
  /** Resolves once everything that was started is done: each turn may start the next one. */
  const settled = async (): Promise<void> => {
    for (let i = 0; i < 1_000; i++) await new Promise((resolve) => setImmediate(resolve))
  }
  return { ...services, store, put, settled, warnings }
}

t.test('made-up thermostats full of junk cost a paired one no bucket', async (t) => {
  const { store, pairing, put, settled, warnings } = start(t)
  const shown = await pairing.passphrase({ serial: OWNED, network: 'home' })
  await pairing.claim(shown?.value ?? '', 'homeassistant')
  for (let n = 0; n < 3; n++) await put(OWNED, `new_in_firmware_6.${n}`)
  await put(OWNED, `shared.${OWNED}`, { name: 'Hallway' })
  for (let n = 0; n < MAX_UNPAIRED; n++) await put(serialOf(n), 'junk.1')
  await settled()
  const room = totalRoom(await store.unknownBuckets())
  t.ok(room <= MAX_UNKNOWN_BYTES, `${room} bytes`)
  const { buckets } = await store.load(OWNED)
  for (let n = 0; n < 3; n++) t.ok(buckets.has(`new_in_firmware_6.${n}`), 'although it is older')
  t.ok(buckets.has(`shared.${OWNED}`))
  t.equal((await store.load(serialOf(0))).buckets.has('junk.1'), false, 'the oldest of the others')
  t.equal((await store.load(serialOf(MAX_UNPAIRED - 1))).buckets.has('junk.1'), true)
  t.strictSame(warnings, ['buckets of unknown types take too much room; some were deleted'])
})
