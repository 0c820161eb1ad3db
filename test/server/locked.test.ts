import t, { type Test } from 'tap'
import { connect } from '../../src/store/sqlite/connect.ts'
import { nle } from '../commands/shell.ts'
import { Device } from '../helpers/device.ts'
import { type Home, SERIAL, startHome } from '../helpers/home.ts'
import type { Wire } from '../helpers/wire.ts'

const SHARED = `shared.${SERIAL}`
const SET = { serial: SERIAL, command: 'set_temperature', value: 23 }

/** A paired thermostat on hold, and another program that can lock its database. */
async function start(t: Test) {
  const lines: string[] = []
  const tell = (event: string) => void lines.push(event)
  const log = { debug: () => {}, info: tell, warn: tell, error: tell }
  const home = await startHome(t, { log })
  const device = new Device(t, home)
  const code = await device.code()
  await home.ask('POST', '/api/register', { code, userId: 'homeassistant' })
  await device.put({ [SHARED]: { target_temperature: 19 } })
  const held = await device.hold(await listed(device))
  lines.splice(0)
  const other = connect(home.databasePath, { timeout: 0 })
  t.teardown(() => other.close())
  return { ...home, device, held, other, lines }
}

async function listed(device: Device) {
  const list = (await device.get(`/nest/transport/device/${SERIAL}`).json()) as {
    objects: { object_key: string; object_revision: number; object_timestamp: number }[]
  }
  return list.objects.map((each) => ({
    key: each.object_key,
    revision: each.object_revision,
    timestamp: each.object_timestamp,
  }))
}

function put(device: Device, n: number): Wire {
  const body = { session: 's', [`message.${SERIAL}`]: { n } }
  return device.post('/nest/transport/put', body)
}

/** Resolves once what was sent before has reached the server, whose answer may have to wait. */
async function arrived({ ask }: Home): Promise<void> {
  for (let i = 0; i < 5; i++) await ask('GET', '/api/config')
}

t.test('a lock of a moment is waited for, and nobody notices', async (t) => {
  const home = await start(t)
  const { device, held, other, lines, clock, ask, server } = home
  other.exec('BEGIN IMMEDIATE')
  const puts = [put(device, 1), put(device, 2)]
  const command = ask('POST', '/command', SET)
  await arrived(home)
  clock.advance(1_000)
  t.match(await ask('GET', `/status?serial=${SERIAL}`), {
    status: 200,
    body: { target_temperature: 19 },
  })
  t.match((await ask('GET', '/health')).body, { status: 'ok' })
  t.strictSame(
    puts.map(({ raw }) => raw),
    ['', ''],
    'nothing is acknowledged',
  )
  t.strictSame([held.chunks, held.closed], [[], false])
  other.exec('ROLLBACK')
  clock.advance(250)
  for (const each of puts) t.equal((await each.head()).status, 200)
  t.match(await command, { status: 200, body: { delivery: 'pushed' } })
  t.match(await held.document(), { objects: [{ value: { target_temperature: 23 } }] })
  const { buckets } = await server.core.store.load(SERIAL)
  t.match(buckets.get(`message.${SERIAL}`), { revision: 2, value: { n: 2 } }, 'in their order')
  t.notMatch(lines, ['trouble'])
})

for (const lock of ['BEGIN IMMEDIATE', 'BEGIN EXCLUSIVE']) {
  t.test(`a lock of a minute is told after two seconds (${lock})`, async (t) => {
    const home = await start(t)
    const { device, held, other, lines, clock, ask, server } = home
    other.exec(lock)
    const stranger = new Device(t, home, '02AA01AC99999999')
    const passphrase = stranger.get('/nest/passphrase')
    const waiting = put(device, 1)
    const command = ask('POST', '/command', SET)
    const register = ask('POST', '/api/ensure-user', { userId: 'anna' })
    await arrived(home)
    clock.advance(2_000)
    t.match(await waiting.head(), { status: 503, headers: { 'retry-after': '1' } })
    t.match(await waiting.json(), { error: /another program keeps it locked/ })
    t.match(await command, { status: 503, body: { success: false, message: /locked/ } })
    t.match(await register, { status: 503 })
    t.equal((await passphrase.head()).status, 503)
    t.same(await passphrase.json(), { error: 'Entry key service unavailable' }, 'P6')
    const { body } = await ask('GET', '/health')
    t.match(body, { status: 'degraded', trouble: 'busy', reason: /another program/, since: /^20/ })

    t.equal((await put(device, 2).head()).status, 503, 'from then on at once')
    t.equal((await (await device.hold(await listed(device))).head()).status, 200, 'a hold')
    t.strictSame([held.chunks, held.closed], [[], false])
    t.equal(lines.length, 1)
    clock.advance(60_000)

    other.exec('ROLLBACK')
    clock.advance(1_000)
    while ((await ask('GET', '/health')).body.status !== 'ok');
    t.equal((await put(device, 3).head()).status, 200)
    const { buckets } = await server.core.store.load(SERIAL)
    t.match(buckets.get(`message.${SERIAL}`), { revision: 1, value: { n: 3 } })
    t.strictSame(await server.core.store.recentCommands(SERIAL, 9), [], 'what got 503 is not done')
    t.match(lines, [/the database is in trouble/, /the database is well again/])
  })
}

t.test('what other programs do that reads or tidies locks nobody out', async (t) => {
  const { device, other } = await start(t)
  other.exec('BEGIN')
  other.prepare('SELECT count(*) FROM buckets').get()
  t.equal((await put(device, 1).head()).status, 200, 'a long read, as of a backup')
  other.exec('COMMIT')
  other.pragma('wal_checkpoint(TRUNCATE)')
  other.exec('VACUUM')
  t.equal((await put(device, 2).head()).status, 200)
})

t.test('a server that stops while the database is locked ends all the same', async (t) => {
  const home = await start(t)
  const { device, held, other, clock, lines, stop } = home
  other.exec('BEGIN IMMEDIATE')
  const waiting = put(device, 1)
  await arrived(home)
  const stopped = stop()
  t.equal(await held.ended(), true, 'S9')
  clock.advance(2_000)
  await waiting.waitFor('the end', () => (waiting.closed ? true : undefined))
  t.equal(waiting.raw, '', 'nothing is acknowledged')
  // The put was refused. The last write of the server waits for the database, too, until its time is over.
  while (!lines.some((line) => /trouble/.test(line))) {
    clock.advance(100)
    await new Promise(setImmediate)
  }
  await stopped
  t.match(lines, [/the database is in trouble/])
})

t.test('a start says that another program has locked the database', async (t) => {
  const { other, databasePath, stop } = await start(t)
  await stop()
  other.exec('BEGIN IMMEDIATE')
  const ran = await nle(['serve', '--db', databasePath, '--port', '0', '--control-port', '0'])
  t.match(ran, { exitCode: 9, stderr: /another program keeps it locked/ })
})
