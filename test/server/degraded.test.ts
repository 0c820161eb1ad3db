import { closeSync, fstatSync, openSync, writeSync } from 'node:fs'
import t, { type Test } from 'tap'
import { NO_MEMORY } from '../../src/protocol/thermostat/memory.ts'
import { silentLogger } from '../../src/server/core/logger.ts'
import { connect } from '../../src/store/sqlite/connect.ts'
import { nle } from '../commands/shell.ts'
import { Device } from '../helpers/device.ts'
import { failCommits } from '../helpers/failing-disk.ts'
import { SERIAL, startHome } from '../helpers/home.ts'

const FULL = { code: 'SQLITE_FULL' }

/** A server that was told, by a failure of somebody else, that its disk is full. */
async function troubled(t: Test, options: Parameters<typeof startHome>[1] = {}) {
  const home = await startHome(t, options)
  const device = new Device(t, home)
  const [receipt] = (
    (await device.put({ [`shared.${SERIAL}`]: { target_temperature: 19 } })) as {
      objects: [{ object_key: string; object_revision: number; object_timestamp: number }]
    }
  ).objects
  const listed = [
    {
      key: receipt.object_key,
      revision: receipt.object_revision,
      timestamp: receipt.object_timestamp,
    },
  ]
  return { ...home, device, listed }
}

t.test('in trouble, when a thermostat was seen last keeps none from holding', async (t) => {
  const { clock, server, device, listed } = await troubled(t)
  const { store, health } = server.core
  const lastSeen = async () => (await store.load(SERIAL)).device?.lastSeenAtMs
  const before = await lastSeen()
  health.notice(FULL)
  // Half an hour on the wall alone: no timer fires, so the trouble is not looked at.
  clock.wallOffsetMs = 1_800_000
  t.equal((await (await device.hold(listed)).head()).status, 200)
  t.equal(await lastSeen(), before, 'it is not written down')
  t.equal(server.core.presence.isAvailable(SERIAL), true, 'but known')
  await health.look()
  t.equal(health.trouble, undefined)
  await device.hold(listed)
  t.not(await lastSeen(), before, 'and written down once that is possible')
})

t.test('of made-up thermostats that cannot be kept, nothing is remembered either', async (t) => {
  const { server } = await troubled(t)
  failCommits(server.core.store)
  const stranger = new Device(t, { server }, '02AA01AC99999999')
  t.equal((await stranger.subscribe([{ key: 'where.a' }]).head()).status, 503)
  t.equal(server.core.presence.lastSeenMs(stranger.serial), undefined)
  t.equal(server.core.subscriptions.count(stranger.serial), 0)
  t.equal(server.core.writer.memoryOf(stranger.serial), NO_MEMORY)
})

t.test('a subscribe that cannot be kept takes no other’s place', async (t) => {
  const { server, device, listed } = await troubled(t, { config: { maxSubscriptionsPerDevice: 1 } })
  const held = await device.hold(listed)
  failCommits(server.core.store)
  t.equal((await device.subscribe(listed).head()).status, 503)
  t.equal(server.core.subscriptions.count(SERIAL), 1)
  t.equal(held.closed, false)
  t.notOk(held.raw.endsWith('0\r\n\r\n'))
})

t.test('the command line says what is wrong with the server it talks to', async (t) => {
  const { server, databasePath } = await troubled(t)
  server.core.health.notice({ code: 'SQLITE_CORRUPT' })
  for (const where of [
    ['--db', databasePath],
    ['--server', server.controlUrl],
  ]) {
    const said = await nle(['devices', '--all', ...where])
    t.equal(said.exitCode, 0, 'it answers all the same')
    t.match(said.stderr, /The server is in trouble\. The database is damaged\..*nle restore/)
    t.match(said.stdout, SERIAL)
  }
  const json = await nle(['devices', '--all', '--json', '--db', databasePath])
  t.match(JSON.parse(json.stdout), { total: 1 })
  t.match(json.stderr, /in trouble/)
})

t.test('damage that shows while serving: told, and nothing more is acknowledged', async (t) => {
  const lines: string[] = []
  const log = { ...silentLogger, error: (event: string) => lines.push(event) }
  const { device, databasePath, ask, listed, stop } = await troubled(t, { log })
  const held = await device.hold(listed)
  damage(databasePath)
  t.match(await ask('GET', `/status?serial=${SERIAL}`), {
    status: 503,
    body: { success: false, message: /damaged.*nle restore/ },
  })
  t.match(await ask('GET', '/health'), {
    status: 200,
    body: { status: 'degraded', trouble: 'damaged', reason: /nle restore/ },
  })
  t.equal((await device.post('/nest/transport/put', { session: 's' }).head()).status, 503)
  const passphrase = await device.get('/nest/passphrase').json()
  t.same(passphrase, { error: 'Entry key service unavailable' }, 'P6')
  const command = { serial: SERIAL, command: 'set_temperature', value: 21 }
  t.equal((await ask('POST', '/command', command)).status, 503)
  t.equal((await ask('POST', '/api/ensure-user', { userId: 'anna' })).status, 503)
  t.same([held.chunks, held.closed], [[], false])
  t.equal(lines.length, 1, 'told once')
  await stop()
  t.equal(lines.length, 1)
  const again = await nle(['serve', '--db', databasePath, '--port', '0', '--control-port', '0'])
  t.equal(again.exitCode, 13)
  t.match(again.stderr, /damaged.*nle restore <file>/)
})

t.test('a value that is no JSON any more is damage, too', async (t) => {
  const { server, databasePath, ask, device } = await troubled(t)
  const db = connect(databasePath, {})
  db.prepare("UPDATE buckets SET value = '{' WHERE object_key LIKE 'shared.%'").run()
  db.close()
  // So that the server reads it again.
  await server.core.store.recordSeen(new Map())
  t.equal((await ask('GET', `/status?serial=${SERIAL}`)).status, 503)
  t.match((await ask('GET', '/health')).body, { trouble: 'damaged' })
  const put = device.post('/nest/transport/put', { [`message.${SERIAL}`]: { n: 2 } })
  t.equal((await put.head()).status, 503, 'although this could be written')
})

t.test('health looks by itself whether the trouble is over', async (t) => {
  const { server, ask } = await troubled(t)
  server.core.health.notice(FULL)
  t.match((await ask('GET', '/health')).body, { status: 'ok' })
})

/** Overwrites all but the first page, under the server that has it open. */
function damage(databasePath: string): void {
  const other = connect(databasePath, {})
  other.pragma('wal_checkpoint(TRUNCATE)')
  const fd = openSync(databasePath, 'r+')
  writeSync(fd, Buffer.alloc(fstatSync(fd).size - 1024, 0xff), 0, undefined, 1024)
  closeSync(fd)
  // Somebody else's commit: what the server remembers of the file is out of date.
  other.pragma(`user_version = ${other.pragma('user_version', { simple: true })}`)
  other.close()
}
