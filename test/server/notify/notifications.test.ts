import { createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { Notifications } from '../../../src/server/notify/notifications.ts'
import { NOTICES } from '../../../src/store/store.ts'
import { Device } from '../../helpers/device.ts'
import { type Home, ON_POSTGRES, SERIAL, startHome } from '../../helpers/home.ts'
import { ReceiverServer } from './receiver-server.ts'

const MINUTE_MS = 60_000

async function startHouse(t: Test, receiver: JsonObject = {}, url?: string) {
  const server = await ReceiverServer.start(t)
  const home = await startHome(t, { localOffsetS: () => 0 })
  const added = await home.askHere('POST', '/api/notifications', {
    url: url ?? server.url,
    ...receiver,
  })
  t.equal(added.status, 200)
  // Of several servers, the one that has the job tells people.
  while (!home.server.core.events.hasListener('backupEnded')) await settle()
  return { home, server, added: added.body }
}

const NEEDS_HOURS =
  ON_POSTGRES && 'what a server asks of PostgreSQL in hours is too much for a moment'

/** Lets minutes pass one by one. A first attempt is over before the next one, so that no clock cuts it short. */
async function minutes(home: Home, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    home.clock.advance(MINUTE_MS)
    await settle()
    await until(
      home,
      ({ waiting = 0, last_error, quiet }) =>
        waiting === 0 || last_error !== null || quiet !== null,
    )
  }
}

/** Lets minutes pass until the receiver has so many. */
async function heard(home: Home, server: ReceiverServer, count: number): Promise<void> {
  while (server.received.length < count) await minutes(home, 1)
  await minutes(home, 1)
}

/** Lets promises and sockets of this process get on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

async function listed(home: Home): Promise<JsonObject> {
  const { body } = await home.ask('GET', '/api/notifications')
  return (body.receivers as JsonObject[])[0] ?? {}
}

/** Waits until the list of receivers says so. */
async function until(home: Home, isSo: (receiver: JsonObject) => boolean): Promise<void> {
  while (!isSo(await listed(home))) await settle()
}

t.test('a thermostat that is gone for half an hour is told, and that it is back', async (t) => {
  const { home, server, added } = await startHouse(t)
  const thermostat = await home.paired()
  await home.unplug(thermostat)
  await minutes(home, 25)
  t.strictSame(server.told, [], 'a router that restarts is no news')
  await heard(home, server, 1)
  const [first] = server.received
  t.match(first?.body, { event: 'offline', state: 'begun', serial: SERIAL })
  const signed = `${first?.headers['x-nle-timestamp']}.${first?.text}`
  const hmac = createHmac('sha256', String(added.secret)).update(signed).digest('hex')
  t.equal(first?.headers['x-nle-signature'], `sha256=${hmac}`)
  await minutes(home, 60)
  t.strictSame(server.told, ['offline begun'], 'once')

  await new Device(t, home).hold()
  while (!home.server.core.presence.isAvailable(SERIAL)) await settle()
  await heard(home, server, 2)
  t.strictSame(server.told, ['offline begun', 'offline over'])
})

t.test('a change that expires is told, of a paired thermostat only', async (t) => {
  const { home, server } = await startHouse(t, { events: ['change_failed'] })
  const other = await home.thermostat({ serial: '02AA01AC99999999' })
  const thermostat = await home.paired()
  for (const each of [other, thermostat]) {
    await home.unplug(each)
    const { serial } = each
    await home.ask('POST', '/command', { serial, command: 'set_temperature', value: 22 })
  }
  await heard(home, server, 1)
  t.strictSame(server.told, ['change_failed begun'])
  t.match(server.received[0]?.body, { serial: SERIAL, message: /^set_temperature: / })
})

t.test('a failed backup is told, and the next that works', async (t) => {
  const { home, server } = await startHouse(t)
  const { events } = home.server.core
  events.emit('backupEnded', 'There is no folder /mnt/usb.')
  await heard(home, server, 1)
  events.emit('backupEnded', undefined)
  await heard(home, server, 2)
  t.strictSame(server.told, ['backup_failed begun', 'backup_failed over'])
  t.match(server.received[0]?.body, { serial: null, message: /^There is no folder/ })
})

t.test('a receiver that is down gets it later, and blocks nothing', async (t) => {
  const { home, server } = await startHouse(t)
  server.answer = (response) => response.writeHead(503).end()
  home.server.core.events.emit('backupEnded', 'no room')
  home.clock.advance(MINUTE_MS)
  await until(home, ({ last_error }) => last_error !== null)
  t.match(await listed(home), { waiting: 1, last_error: /503/, last_sent_at: null })
  server.answer = (response) => response.end()
  home.clock.advance(30_000)
  await server.has(2)
  t.equal(server.received[1]?.body.id, server.received[0]?.body.id, 'the same notice')
  await until(home, ({ waiting }) => waiting === 0)
  t.match(await listed(home), { waiting: 0, last_error: null })
})

t.test('one that stays away is given up after hours', { skip: NEEDS_HOURS }, async (t) => {
  const { home, server } = await startHouse(t, {}, 'http://127.0.0.1:1/')
  home.server.core.events.emit('backupEnded', 'no room')
  home.clock.advance(MINUTE_MS)
  await until(home, ({ last_error }) => last_error !== null)
  for (let i = 0; i < 10; i++) {
    home.clock.advance(8 * 3_600_000)
    await settle()
    await settle()
  }
  await until(home, ({ waiting }) => waiting === 0)
  const metrics = await (await fetch(`${home.server.controlUrl}/metrics`)).text()
  t.match(metrics, /^nle_notifications_failed_total 1$/m)
  t.strictSame(server.told, [])
})

t.test('in the quiet time it waits', async (t) => {
  // It is 08:53 UTC.
  const { home, server } = await startHouse(t, { quiet: '08:00-10:00' })
  home.server.core.events.emit('backupEnded', 'no room')
  await minutes(home, 60)
  t.strictSame(server.told, [])
  t.match(await listed(home), { waiting: 1, quiet: '08:00-10:00' })
  await heard(home, server, 1)
  t.strictSame(server.told, ['backup_failed begun'])
})

t.test('a restart neither repeats nor loses anything', async (t) => {
  const { home, server } = await startHouse(t, { quiet: '08:00-10:00' })
  const { core } = home.server
  core.events.emit('backupEnded', 'no room')
  await minutes(home, 2)
  while ((await core.store.integration(NOTICES)) === undefined) await settle()
  t.match(await listed(home), { waiting: 1 })
  // Another one on the same data, as after a restart; the first one sends nothing until ten.
  const after = new Notifications({ core, databasePath: home.databasePath })
  t.teardown(() => after.stop())
  await after.start()
  t.match(after.list(), [{ waiting: 1 }])
  core.events.emit('backupEnded', 'no room')
  await minutes(home, 2)
  t.match(after.list(), [{ waiting: 1 }], 'it was told')
  t.strictSame(server.told, [])
})

t.test('receivers are named by the owner only, and hidden from all', async (t) => {
  const { home } = await startHouse(t, { name: 'phone', secret: 'a-secret-of-the-tests' })
  const id = String((await listed(home)).id)
  t.equal((await home.ask('POST', '/api/notifications', { url: 'http://10.0.0.1/' })).status, 401)
  t.equal((await home.ask('POST', `/api/notifications/${id}/test`)).status, 401)
  t.equal((await home.ask('DELETE', `/api/notifications/${id}`)).status, 401)
  const shown = JSON.stringify((await home.ask('GET', '/api/notifications')).body)
  t.notMatch(shown, /\/hook|a-secret-of/)
  t.match(await home.askHere('POST', '/api/notifications', { url: 'http://169.254.169.254/' }), {
    status: 400,
  })
  t.match(await home.askHere('DELETE', `/api/notifications/${id}`), { body: { name: 'phone' } })
  t.equal((await home.askHere('DELETE', `/api/notifications/${id}`)).status, 404)
  t.same(await listed(home), {})
})

t.test('nothing is looked at while nobody would be told', async (t) => {
  const home = await startHome(t)
  await home.paired()
  // What a boot brings is looked at by others.
  await minutes(home, 2)
  const { store } = home.server.core
  let reads = 0
  const { shown } = store
  store.shown = (serial) => {
    reads += 1
    return shown.call(store, serial)
  }
  await minutes(home, 3)
  t.equal(reads, 0)
})
