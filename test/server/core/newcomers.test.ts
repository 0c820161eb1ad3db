import t, { type Test } from 'tap'
import { resolveConfig } from '../../../src/config.ts'
import {
  FREE_PLACES,
  MAX_UNPAIRED,
  MAX_UNPAIRED_BYTES,
} from '../../../src/protocol/pairing/newcomer-limits.ts'
import { emptyState } from '../../../src/protocol/thermostat/state.ts'
import {
  MAX_BUCKET_LENGTH,
  MAX_BUCKETS_PER_DEVICE,
} from '../../../src/protocol/transport/bucket-room.ts'
import type { Core } from '../../../src/server/core/core.ts'
import { silentLogger } from '../../../src/server/core/logger.ts'
import type { Channel } from '../../../src/server/core/subscription.ts'
import { makeServices, type Services } from '../../../src/server/services.ts'
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { Device } from '../../helpers/device.ts'
import { startHome } from '../../helpers/home.ts'
import { ManualClock, START_MS } from '../../helpers/manual-clock.ts'

const CAMERA = '192.168.1.66'
const THERMOSTAT = { serial: '02AA01AC12345678', network: '192.168.1.10' }
const MINUTE_MS = 60_000

/** The server without sockets: networks are what callers say they are. */
function startServices(t: Test): Services & { clock: ManualClock } {
  const store = new SqliteStore(':memory:', { nowMs: START_MS })
  t.teardown(() => store.close())
  const { config } = resolveConfig({}, {})
  const clock = new ManualClock()
  return { clock, ...makeServices(store, { config, clock, log: silentLogger }) }
}

function madeUp(n: number, network = CAMERA): { serial: string; network: string } {
  return { serial: `FACE${String(n).padStart(12, '0')}`, network }
}

/** The serials of thermostats that go from now on. */
function watchRemovals({ events, store }: Core): string[] {
  const removed: string[] = []
  events.on('deviceChanged', async (serial) => {
    if ((await store.load(serial)).device === undefined) removed.push(serial)
  })
  return removed
}

/** The address that takes the place with this number: each takes half of what those before it left. */
function takerOf(n: number): string {
  const half = Math.floor(Math.log2(MAX_UNPAIRED / (MAX_UNPAIRED - n)))
  return half === 0 ? CAMERA : `192.168.1.${70 + half}`
}

/** All places taken by a few addresses, which bring serials as fast as they may. */
async function flooded({ pairing, clock }: ReturnType<typeof startServices>): Promise<void> {
  for (let n = 0; n < MAX_UNPAIRED; n++) {
    if (n > 0 && n % 20 === 0) clock.advance(MINUTE_MS)
    await pairing.passphrase(madeUp(n, takerOf(n)))
  }
}

t.test(
  'one address takes half of the places, and the owner needs nobody to make room',
  async (t) => {
    const { pairing, core, clock } = startServices(t)
    const half = MAX_UNPAIRED / 2
    for (let n = 0; n < half; n++) await pairing.passphrase(madeUp(n))
    clock.advance(MINUTE_MS)
    await t.rejects(pairing.passphrase(madeUp(half)), {
      code: 'rate_limited',
      message: /^128 thermostats .* on file already, 128 of them from this address/,
    })
    const removed = watchRemovals(core)
    await pairing.passphrase(THERMOSTAT)
    t.equal(await core.store.countUnpaired(), half + 1)
    t.same(removed, [])
  },
)

t.test('a real thermostat is paired while every place is taken', async (t) => {
  const services = startServices(t)
  const { pairing, core, clock } = services
  await flooded(services)
  // And it does not let go of them.
  for (let n = 0; n < MAX_UNPAIRED; n++) await pairing.passphrase(madeUp(n, takerOf(n)))
  clock.advance(MINUTE_MS)
  t.equal(await core.store.countUnpaired(), MAX_UNPAIRED)
  const removed = watchRemovals(core)
  const value = (await pairing.passphrase(THERMOSTAT))?.value ?? 'none'
  t.equal(await core.store.countUnpaired(), MAX_UNPAIRED, 'there are no more of them')
  t.equal(removed.length, 1)
  t.match(removed[0], 'FACE')
  await t.rejects(pairing.passphrase(madeUp(1000)), { code: 'rate_limited' }, 'nor room for others')
  t.match(await pairing.claim(value, 'homeassistant'), {
    success: true,
    serial: THERMOSTAT.serial,
  })
})

t.test('who makes room is let go of: its connection, its code and its data', async (t) => {
  const services = startServices(t)
  const { pairing, transport, core } = services
  await flooded(services)
  let ended = 0
  const channel: Channel = {
    writeHead: () => {},
    write: (_text, done) => done(),
    end: () => ended++,
    endPlain: () => {},
  }
  await Promise.all(
    Array.from({ length: MAX_UNPAIRED }, (_, n) => {
      const request = { form: 'chunked' as const, objects: [] }
      return new Promise((held) =>
        transport.subscribe(madeUp(n, takerOf(n)), request, channel, held),
      )
    }),
  )
  const removed = watchRemovals(core)
  await pairing.passphrase(THERMOSTAT)
  const [gone = ''] = removed
  t.match(gone, 'FACE')
  t.equal(ended, 1)
  t.equal(core.subscriptions.count(gone), 0)
  t.equal(core.subscriptions.totals().devices, MAX_UNPAIRED - 1)
  t.strictSame(await core.store.load(gone), emptyState(gone))
  t.equal(core.presence.isAvailable(gone), false)
})

t.test('newcomers of one turn do not push each other out', async (t) => {
  const services = startServices(t)
  services.clock.advance(MINUTE_MS)
  await flooded(services)
  services.clock.advance(11 * MINUTE_MS)
  const all = Array.from({ length: 20 }, (_, n) => ({
    ...madeUp(1000 + n),
    network: `10.0.0.${n}`,
  }))
  await Promise.all(all.map((caller) => services.pairing.passphrase(caller)))
  const { store } = services.core
  for (const { serial } of all) t.ok((await store.load(serial)).device, serial)
  t.equal(await store.countUnpaired(), MAX_UNPAIRED, 'and each has pushed out another')
})

t.test('newcomers of one turn take their turns one after another', async (t) => {
  const { pairing, core } = startServices(t)
  for (let n = 0; n < FREE_PLACES; n++) await pairing.passphrase(madeUp(n))
  const other = takerOf(FREE_PLACES)
  const atOnce = Array.from({ length: 30 }, (_, n) => pairing.passphrase(madeUp(1000 + n, other)))
  const refused = (await Promise.allSettled(atOnce)).filter(({ status }) => status === 'rejected')
  t.equal(refused.length, 10, 'twenty a minute from one network')
  t.equal(await core.store.countUnpaired(), FREE_PLACES + 20)
})

t.test('what is paired takes no place, and none is forgotten for a newcomer', async (t) => {
  const services = startServices(t)
  const { pairing, core, clock } = services
  const value = (await pairing.passphrase(THERMOSTAT))?.value ?? 'none'
  await pairing.claim(value, 'homeassistant')
  clock.advance(30 * 86_400_000)
  await flooded(services)
  for (let n = 0; n < 20; n++) {
    clock.advance(MINUTE_MS)
    await pairing.passphrase(madeUp(1000 + n))
  }
  t.ok((await core.store.load(THERMOSTAT.serial)).device)
})

t.test('too many at once: 429 with Retry-After in JSON; discovery is answered', async (t) => {
  const home = await startHome(t)
  const device = (n: number): Device => new Device(t, home, madeUp(n).serial)
  const atOnce = FREE_PLACES
  const codes = await Promise.all(Array.from({ length: atOnce }, (_, n) => device(n).code()))
  t.equal(new Set(codes).size, atOnce)
  const late = device(atOnce)
  for (const wire of [
    late.get('/nest/passphrase'),
    late.subscribe(),
    late.post('/nest/transport/put', { session: 's', [`shared.${late.serial}`]: { name: 'x' } }),
  ]) {
    const { status, headers } = await wire.head()
    t.equal(status, 429)
    t.equal(headers['retry-after'], '60')
    t.match(await wire.json(), { error: /never paired are on file already/ })
  }
  t.equal((await late.get('/nest/entry').head()).status, 200, 'E1')
  t.equal((await device(0).get('/nest/passphrase').head()).status, 200, 'who is known is served')
  home.clock.advance(10 * MINUTE_MS)
  t.ok(await late.code())
})

t.test('what an unpaired thermostat may keep on file is bounded in all', async (t) => {
  const { core, pairing, transport } = startServices(t)
  const { serial } = THERMOSTAT
  const sizes = async () => (await core.store.bucketSummaries(serial)).map(({ size }) => size)
  const bytes = async () => (await sizes()).reduce((sum, size) => sum + size, 0)
  const put = (objectKey: string, bytes: number): Promise<unknown> => {
    const value = { text: 'x'.repeat(bytes - '{"text":""}'.length) }
    const object = { objectKey, value, baseRevision: undefined, ifRevision: undefined }
    return transport.put(THERMOSTAT, { objects: [object], refused: [] })
  }
  const tooLarge = { code: 'too_large' }
  const code = (await pairing.passphrase(THERMOSTAT))?.value ?? 'none'
  await put(`device.${serial}`, MAX_UNPAIRED_BYTES - 1_000 - (await bytes()))
  await t.rejects(put(`shared.${serial}`, 1_001), tooLarge, 'all buckets count')
  await put(`shared.${serial}`, 900)
  await put(`shared.${serial}`, 1_000)
  await t.rejects(put(`shared.${serial}`, 1_001), tooLarge)
  t.equal(await bytes(), MAX_UNPAIRED_BYTES)
  await pairing.claim(code, 'homeassistant')
  await put(`shared.${serial}`, MAX_BUCKET_LENGTH)
  await t.rejects(put(`shared.${serial}`, MAX_BUCKET_LENGTH + 1), tooLarge, 'so is each bucket')
  const taken = (await sizes()).length
  for (let n = taken; n < MAX_BUCKETS_PER_DEVICE; n++) await put(`where.${n}`, 20)
  await t.rejects(put('where.more', 20), tooLarge, 'and their number')
})
