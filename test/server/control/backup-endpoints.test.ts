import { once } from 'node:events'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { fetch } from 'undici'
import { wayTo } from '../../../src/commands/client/http-json.ts'
import { copyPath, inspect } from '../../../src/store/copies.ts'
import { mountingRefused, Volume } from '../../helpers/disk-limits.ts'
import { type Home, startHome } from '../../helpers/home.ts'
import { START_MS } from '../../helpers/manual-clock.ts'
import { putBucket } from '../../helpers/seed-store.ts'

async function fetchHere(home: Home, method = 'GET') {
  const { controlUrl, socketPath = '' } = home.server
  const way = await wayTo({ url: controlUrl, socketPath })
  return fetch(`${controlUrl}/api/backup`, { method, ...way })
}

/** Makes the database large enough that a client that reads nothing does not get all of it. */
async function fill(home: Home, mib: number): Promise<void> {
  const { store } = home.server.core
  for (let n = 0; n < mib * 5; n++) {
    const value = { text: 'x'.repeat(200_000) }
    await putBucket(store, `02AA01AC9999${String(n).padStart(4, '0')}`, `where.${n}`, value)
  }
}

/** Asks for a backup and reads nothing; closed with the test. */
function silentReader(t: Test, home: Home) {
  const socket = connect(home.server.socketPath ?? '')
  t.teardown(() => socket.destroy())
  socket.write('GET /api/backup HTTP/1.1\r\nHost: localhost\r\n\r\n')
  return socket
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

t.test('sends the database as a file, and removes the copy that it sends', async (t) => {
  const home = await startHome(t)
  await home.paired()
  const answer = await fetchHere(home)
  t.equal(answer.status, 200)
  t.match(
    answer.headers.get('content-disposition'),
    /^attachment; filename="nle-20\d\d-\d\d-\d\d\.sqlite"$/,
  )
  const bytes = new Uint8Array(await answer.arrayBuffer())
  const file = join(t.testdir({}), 'backup.sqlite')
  writeFileSync(file, bytes)
  t.match(inspect(file, START_MS), { thermostats: 1, paired: 1 })
  await until(() => !existsSync(copyPath(home.databasePath)))
  const head = await fetchHere(home, 'HEAD')
  t.equal(head.status, 200)
  t.notOk(existsSync(copyPath(home.databasePath)), 'no copy is made for the headers alone')
})

t.test('one at a time, and a client that hangs up makes room for the next', async (t) => {
  const home = await startHome(t)
  await fill(home, 4)
  const first = silentReader(t, home)
  await once(first, 'readable')
  const copy = copyPath(home.databasePath)
  t.ok(statSync(copy).size > 4_000_000)
  const second = await fetchHere(home)
  t.equal(second.status, 429)
  t.ok(Number(second.headers.get('retry-after')) > 0)
  t.match(await second.json(), { message: /Another backup is made/ })
  t.equal((await home.ask('GET', '/health')).status, 200, 'all else is served meanwhile')
  first.destroy()
  await until(() => !existsSync(copy))
  const third = await fetchHere(home)
  t.equal(third.status, 200)
  await third.arrayBuffer()
})

t.test('a server that is stopped meanwhile does not wait for the reader', async (t) => {
  const home = await startHome(t)
  await fill(home, 4)
  await once(silentReader(t, home), 'readable')
  const stopped = home.stop()
  home.clock.advance(2_000)
  await stopped
  await until(() => !existsSync(copyPath(home.databasePath)))
})

t.test('is for the owner alone, and not for strangers before there is a token', async (t) => {
  const home = await startHome(t)
  const refused = await home.ask('GET', '/api/backup')
  t.match(refused, { status: 401, body: { message: /"nle backup <file>".*sudo/ } })
})

t.test('says that there is no room, and takes none', { skip: mountingRefused() }, async (t) => {
  const { startServer } = await import('../../../src/server/server.ts')
  const { resolveConfig } = await import('../../../src/config.ts')
  const { silentLogger } = await import('../../../src/server/core/logger.ts')
  const { ManualClock } = await import('../../helpers/manual-clock.ts')
  const volume = Volume.small(t, 4_096)
  const databasePath = join(volume.folder, 'nle.sqlite')
  const { config } = resolveConfig({ serverHost: '127.0.0.1', controlHost: '127.0.0.1' }, {})
  const server = await startServer({
    config: { ...config, serverPort: 0, controlPort: 0 },
    databasePath,
    socketPath: join(volume.folder, 'sock'),
    clock: new ManualClock(),
    log: silentLogger,
  })
  const way = await wayTo({ url: '', socketPath: join(volume.folder, 'sock') })
  const refused = await fetch('http://localhost/api/backup', way)
  t.equal(refused.status, 503)
  t.match(await refused.json(), { message: /no room for the copy.*MiB are free beside/ })
  t.notOk(existsSync(copyPath(databasePath)))
  const health = await fetch('http://localhost/health', way)
  t.match(await health.json(), { status: 'ok' }, 'the database itself is well')
  await server.stop()
})
