import t, { type Test } from 'tap'
import { SERIAL } from '../../helpers/home.ts'
import { settled, startProcesses } from './processes.ts'

const SHARED = `shared.${SERIAL}`
const DEVICE = `device.${SERIAL}`
const HEATS = { target_temperature_type: 'heat', can_heat: true, target_temperature: 19 }

/** Processes, and the versions of a thermostat that has put its state. */
async function start(t: Test, count = 3) {
  const { clock, all } = await startProcesses(t, count)
  const [a, b, c = a] = all
  if (a === undefined || b === undefined || c === undefined) throw new Error('too few processes')
  await a.put(SHARED, HEATS)
  await a.put(DEVICE, { current_humidity: 40 })
  const { buckets } = await a.core.store.load(SERIAL)
  const listed = Object.fromEntries(
    [SHARED, DEVICE].map((key) => {
      const { revision = 0, timestamp = 0 } = buckets.get(key) ?? {}
      return [key, [revision, timestamp] as const]
    }),
  )
  clock.advance(60_000)
  const change = async () => (await c.core.store.recentCommands(SERIAL, 1))[0]?.[0]
  return { clock, a, b, c, listed, change }
}

t.test(
  'a command through a process without a connection goes out on those of the others, in the same words',
  async (t) => {
    const { a, b, c, listed, change } = await start(t)
    const [one, two] = [await a.hold(listed), await b.hold(listed)]
    t.match(await c.commands.command(SERIAL, 'set_temperature', 21), { delivery: 'queued' })
    await settled()
    t.equal(one.documents.length, 1)
    t.match(JSON.parse(one.documents[0] ?? ''), {
      objects: [{ value: { target_temperature: 21 } }],
    })
    t.strictSame(two.documents, one.documents)
    t.match(await change(), { state: 'sent', sends: 1 }, 'one attempt')
  },
)

t.test(
  'what one process has pushed, another writes as well: the same bytes, no second attempt',
  async (t) => {
    const { clock, a, b, listed, change } = await start(t)
    const [one, two] = [await a.hold(listed), await b.hold(listed)]
    b.fake.isDeaf = true
    t.match(await a.commands.command(SERIAL, 'set_temperature', 21), { delivery: 'pushed' })
    await settled()
    t.match(await change(), { state: 'sent', sends: 1 })
    t.strictSame(two.documents, [])
    clock.advance(2_000)
    b.fake.hear()
    await settled()
    t.strictSame(two.documents, one.documents)
    t.match(await change(), { state: 'sent', sends: 1 })
  },
)

t.test(
  'what was pushed too long ago is not written; the thermostat subscribes again',
  async (t) => {
    const { clock, a, b, listed, change } = await start(t)
    await a.hold(listed)
    const two = await b.hold(listed)
    b.fake.isDeaf = true
    await a.commands.command(SERIAL, 'set_temperature', 21)
    await settled()
    clock.advance(20_000)
    b.fake.hear()
    await settled()
    t.same(two, { documents: [], isEnded: true })
    const again = await b.hold(listed)
    t.equal(again.documents.length, 1)
    t.match(await change(), { state: 'sent', sends: 2 }, 'a second attempt')
  },
)

t.test('a push is written once to each connection, whatever else is written', async (t) => {
  const { clock, a, b, c, listed } = await start(t)
  const two = await b.hold(listed)
  await c.commands.command(SERIAL, 'set_temperature', 21)
  await settled()
  t.equal(two.documents.length, 1)
  for (let n = 0; n < 3; n++) {
    clock.advance(500)
    await a.put(DEVICE, { current_humidity: 41 + n })
    await settled()
  }
  t.equal(two.documents.length, 1)
})

t.test('of two commands the later one is what every connection hears last', async (t) => {
  const { a, b, c, listed } = await start(t)
  const [one, two] = [await a.hold(listed), await b.hold(listed)]
  b.fake.isDeaf = true
  await c.commands.command(SERIAL, 'set_temperature', 21)
  await settled()
  await a.commands.command(SERIAL, 'set_temperature', 22)
  await settled()
  b.fake.hear()
  await settled()
  const last = (documents: readonly string[]) => documents.at(-1)
  t.match(JSON.parse(last(one.documents) ?? ''), {
    objects: [{ value: { target_temperature: 22 } }],
  })
  t.equal(last(two.documents), last(one.documents))
  t.equal(two.documents.length, 1, 'the one before is not on its way any more')
})

t.test('a claim through one process reaches the connection of another (P9)', async (t) => {
  const { a, b, listed } = await start(t, 2)
  const caller = { serial: SERIAL, network: '192.168.1.20' }
  const { value } = (await a.pairing.passphrase(caller)) as { value: string }
  const two = await b.hold(listed)
  await a.pairing.claim(value, 'homeassistant')
  await settled()
  t.equal(two.documents.length, 1)
  t.match(JSON.parse(two.documents[0] ?? ''), {
    objects: [{ object_key: 'user.homeassistant' }, { object_key: 'structure.default' }],
  })
  await a.put(DEVICE, { current_humidity: 50 })
  await settled()
  t.equal(two.documents.length, 1, 'once')
})

t.test(
  'it reaches a poll of transport v3 as well, the owner first and each bucket once (V8)',
  async (t) => {
    const { a, b } = await start(t, 2)
    const caller = { serial: SERIAL, network: '192.168.1.20' }
    const { value } = (await a.pairing.passphrase(caller)) as { value: string }
    const first = await b.poll()
    await a.pairing.claim(value, 'homeassistant')
    await settled()
    t.same(first, { documents: ['{"name":"homeassistant"}'], isEnded: true })
    const second = await b.poll()
    await settled()
    t.match(JSON.parse(second.documents[0] ?? ''), { devices: [SERIAL] })
    const third = await b.poll()
    await a.put(DEVICE, { current_humidity: 50 })
    await settled()
    t.same(third, { documents: [], isEnded: false })
  },
)

t.test(
  'a bucket that one process deletes is asked for on the connections of the others',
  async (t) => {
    const { a, b, listed } = await start(t, 2)
    const one = await b.hold(listed)
    t.match(await a.removal.removeBucket(SERIAL, DEVICE), { asksForUpload: false })
    await settled()
    t.strictSame(
      one.documents.map((each) => JSON.parse(each)),
      [{ objects: [{ object_revision: 0, object_timestamp: 0, object_key: DEVICE, value: {} }] }],
    )
    await a.put(SHARED, { target_temperature: 20 })
    await settled()
    t.equal(one.documents.length, 1, 'once')
  },
)

t.test('a thermostat that another process deletes is let go', async (t) => {
  const { a, b, listed } = await start(t, 2)
  const two = await b.hold(listed)
  await a.removal.remove(SERIAL)
  await settled()
  t.ok(two.isEnded)
  t.equal(b.core.presence.lastSeenMs(SERIAL), undefined)
})

t.test(
  'who watches one process hears of what the others write; only one of them counts it',
  async (t) => {
    const { a, b } = await start(t, 2)
    const heard: string[] = []
    b.core.events.on('deviceChanged', (serial) => heard.push(serial))
    b.core.events.on('changeMoved', ({ state }, by) => heard.push(`${state} by ${by}`))
    await a.commands.command(SERIAL, 'set_temperature', 21)
    await settled()
    t.strictSame(heard, [SERIAL, 'queued by others'])
    t.equal(a.core.tallies.changes.get('queued'), 1)
    t.equal(b.core.tallies.changes.get('queued'), undefined)
  },
)

t.test(
  'a process that was held up after a commit does not write what it decided before',
  async (t) => {
    const { clock, a, listed, change } = await start(t, 2)
    const one = await a.hold(listed)
    const command = a.commands.command(SERIAL, 'set_temperature', 21)
    // The decision is made, and the commit follows a minute later.
    clock.advance(60_000)
    await command
    await settled()
    t.equal(one.documents.length, 1, 'it is loaded again, and pushed')
    t.match(await change(), { state: 'sent', sends: 1 })

    const subscribing = a.hold(listed)
    clock.advance(60_000)
    t.same(await subscribing, { documents: [], isEnded: true }, 'it subscribes again')
  },
)
