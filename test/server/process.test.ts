import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { resolveConfig } from '../../src/config.ts'
import { NleError } from '../../src/errors.ts'
import { silentLogger } from '../../src/server/core/logger.ts'
import { lanAddress } from '../../src/server/lan/lan-address.ts'
import { startServer } from '../../src/server/server.ts'
import { openForReading } from '../../src/store/open.ts'
import { connect } from '../../src/store/sqlite/connect.ts'
import { Device } from '../helpers/device.ts'
import { SERIAL, startHome } from '../helpers/home.ts'
import { ManualClock } from '../helpers/manual-clock.ts'
import { serveProcess } from '../helpers/serve-process.ts'
import { Wire } from '../helpers/wire.ts'

/** What a server that does not start says. */
async function refusal(databasePath: string): Promise<NleError> {
  const { config } = resolveConfig({ serverHost: '127.0.0.1', controlHost: '127.0.0.1' }, {})
  try {
    const server = await startServer({
      config: { ...config, serverPort: 0, controlPort: 0 },
      databasePath,
      clock: new ManualClock(),
      log: silentLogger,
    })
    await server.stop()
  } catch (error) {
    if (error instanceof NleError) return error
    throw error
  }
  throw new Error('it started')
}

t.test(
  'a second server on the same file is refused, naming the process and address of the first',
  async (t) => {
    const home = await startHome(t)
    const error = await refusal(home.databasePath)
    t.equal(error.code, 'in_use')
    t.match(error.message, `process ${process.pid}`)
    t.match(error.message, home.server.controlUrl)
    t.match(error.details, { pid: process.pid, controlUrl: home.server.controlUrl })
    await home.stop()
    await t.rejects(refusal(home.databasePath), { message: 'it started' }, 'one that ended is gone')
  },
)

t.test(
  'a server in another process is found as well, and one that was killed is not',
  async (t) => {
    const databasePath = join(t.testdir(), 'nle.sqlite')
    const first = await serveProcess(t, databasePath)
    const error = await refusal(databasePath)
    t.match(error.message, `process ${first.pid}`)
    t.match(error.message, first.controlUrl)
    await first.end('SIGKILL')
    await t.rejects(refusal(databasePath), { message: 'it started' })
  },
)

t.test('plugins on other machines are told an address they can reach', async (t) => {
  const open = await startHome(t, { config: { controlHost: '0.0.0.0' } })
  const { port } = new URL(open.server.controlUrl)
  const host = lanAddress()?.address ?? '127.0.0.1'
  t.equal(open.server.lanControlUrl, `http://${host}:${port}`)
  await open.stop()
  const closed = await startHome(t)
  t.equal(closed.server.lanControlUrl, closed.server.controlUrl)
})

t.test('a port that is taken is refused by its option', async (t) => {
  const home = await startHome(t)
  const { config } = resolveConfig({ serverHost: '127.0.0.1', controlHost: '127.0.0.1' }, {})
  const taken = Number(new URL(home.server.controlUrl).port)
  const databasePath = join(dirname(home.databasePath), 'other', 'nle.sqlite')
  const options = { databasePath, clock: new ManualClock(), log: silentLogger }
  await t.rejects(
    startServer({ ...options, config: { ...config, serverPort: taken, controlPort: 0 } }),
    { code: 'in_use', message: /device listener \(--port, SERVER_PORT\)/ },
  )
  const later = await startServer({
    ...options,
    config: { ...config, serverPort: 0, controlPort: 0 },
  })
  await later.stop()
})

t.test('a database that a newer nle wrote is refused, and left as it is', async (t) => {
  const home = await startHome(t)
  const { databasePath } = home
  await home.stop()
  const db = connect(databasePath, {})
  db.pragma('user_version = 9999')
  db.prepare('INSERT INTO schema_history VALUES (9999, ?, 0)').run('7.1.0')
  db.close()
  const error = await refusal(databasePath)
  t.equal(error.code, 'unfit')
  t.match(error.message, /newer nle \(7\.1\.0\).*Nothing was changed/)
})

t.test('the folder is for its owner alone, and so is every file in it', async (t) => {
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)
  const databasePath = join(t.testdir(), 'state', 'nle', 'nle.sqlite')
  const serve = await serveProcess(t, databasePath)
  await fetch(`${serve.controlUrl}/health`)
  t.equal(mode(dirname(databasePath)), '700')
  for (const suffix of ['', '-wal', '-shm', '.lock']) {
    t.equal(mode(databasePath + suffix), '600', suffix)
  }
})

t.test(
  'kill -9 right after the success answer: the claim, the owner and both buckets are there',
  async (t) => {
    const databasePath = join(t.testdir(), 'nle.sqlite')
    const serve = await serveProcess(t, databasePath)
    const device = new Device(t, { server: { localDeviceUrl: serve.deviceUrl } })
    const code = await device.code()
    const held = await device.hold()
    const body = JSON.stringify({ code, userId: 'homeassistant' })
    const register = new Wire(serve.controlUrl, { method: 'POST', path: '/api/register', body })
    t.teardown(() => register.hangUp())
    // The first byte of the answer is enough: what it promises is on disk.
    await register.head()
    await serve.end('SIGKILL')
    t.equal(await held.ended(), false, 'nobody had time to end anything')

    const store = openForReading(databasePath, Date.now())
    t.teardown(() => store.close())
    t.match(await store.keyByCode(code), { serial: SERIAL, claimedBy: 'homeassistant' })
    const { owner, buckets } = await store.load(SERIAL)
    t.match(owner, { userId: 'homeassistant' })
    t.match(buckets.get('user.homeassistant'), { value: { name: 'homeassistant' } })
    t.match(buckets.get('structure.default'), { value: { devices: [SERIAL] } })
  },
)

t.test('kill -9 right after a command or a put was answered: both are there', async (t) => {
  const databasePath = join(t.testdir(), 'nle.sqlite')
  const serve = await serveProcess(t, databasePath)
  const device = new Device(t, { server: { localDeviceUrl: serve.deviceUrl } })
  await device.put({ [`shared.${SERIAL}`]: { target_temperature: 19 } })
  const body = JSON.stringify({ serial: SERIAL, command: 'set_temperature', value: 21 })
  const command = new Wire(serve.controlUrl, { method: 'POST', path: '/command', body })
  t.teardown(() => command.hangUp())
  t.equal((await command.head()).status, 200)
  await serve.end('SIGKILL')

  const again = await serveProcess(t, databasePath)
  const later = new Device(t, { server: { localDeviceUrl: again.deviceUrl } })
  t.match(await later.get(`/nest/transport/device/${SERIAL}`).json(), {
    objects: [{ object_key: `shared.${SERIAL}`, object_revision: 1 }],
  })
  const [{ object_timestamp: timestamp }] = (
    (await later.get(`/nest/transport/device/${SERIAL}`).json()) as {
      objects: [{ object_timestamp: number }]
    }
  ).objects
  const wire = await later.hold([{ key: `shared.${SERIAL}`, revision: 1, timestamp }])
  t.match(await wire.document(), { objects: [{ value: { target_temperature: 21 } }] }, 'D2')
})

t.test(
  'S9: SIGTERM ends every held response cleanly, and the process within 2 seconds',
  async (t) => {
    const serve = await serveProcess(t, join(t.testdir(), 'nle.sqlite'))
    const device = new Device(t, { server: { localDeviceUrl: serve.deviceUrl } })
    const held = [await device.hold(), await device.hold(), await device.hold()]
    const startedAtMs = performance.now()
    t.equal(await serve.end('SIGTERM'), 0)
    t.ok(performance.now() - startedAtMs < 2_000)
    for (const wire of held) {
      t.equal(await wire.ended(), true)
      t.match(wire.raw, /\r\n\r\n0\r\n\r\n$/)
    }
  },
)

t.test('S9: who does not close its connection is cut off after a moment', async (t) => {
  const home = await startHome(t)
  const device = new Device(t, home)
  const held = await device.hold()
  const plain = device.subscribe([], {})
  // Has sent half of its request, and never the rest.
  const half = device.send({
    method: 'POST',
    path: '/nest/transport',
    headers: { 'Content-Length': '99' },
  })
  while (home.server.core.subscriptions.count(SERIAL) < 2) await device.get('/nest/ping').ended()
  const stopped = home.stop()
  t.equal(await held.ended(), true)
  t.strictSame(await plain.json(), { objects: [] })
  home.clock.advance(1_500)
  await stopped
  await half.whenClosed()
  await t.rejects(fetch(`${home.server.localDeviceUrl}/nest/ping`), 'nobody listens any more')
})
