import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openForReading } from '../../src/store/open.ts'
import { connect } from '../../src/store/sqlite/connect.ts'
import { nle } from '../commands/shell.ts'
import { Device } from '../helpers/device.ts'
import { limitingRefused, limitWrites, mountingRefused, Volume } from '../helpers/disk-limits.ts'
import { SERIAL } from '../helpers/home.ts'
import { type ServeProcess, serveProcess } from '../helpers/serve-process.ts'

const NEW_SERIAL = '02AA01AC99999999'
const BEGUN = 'the database is in trouble; what cannot be kept is refused'
const OVER = 'the database is well again'

/** Puts of a thermostat that hears nothing but 503. */
const WARM_UP_PUTS = 3_000
const REFUSED_PUTS = 3_000
const AT_ONCE = 8
/** What garbage collection and allocator move by themselves in a process of this size. */
const MAX_GROWTH_KB = 16 * 1024

/** A way to take the disk away from a server, and to give it back. */
interface TroubleMaker {
  /** The folder of the database. */
  readonly folder: string
  begin(pid: number): void
  end(pid: number): void
}

interface Told {
  readonly status: number
  readonly body: Record<string, unknown>
}

function ask(serve: ServeProcess, path: string, body?: object): Promise<Told> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  return told(fetch(`${serve.controlUrl}${path}`, init))
}

async function told(answer: Promise<Response>): Promise<Told> {
  const response = await answer
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

function put(serve: ServeProcess, n: number): Promise<Told> {
  return told(
    fetch(`${serve.deviceUrl}/nest/transport/put`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`d.${SERIAL}.5EED0001:any password`)}` },
      body: JSON.stringify({ session: 's', [`message.${SERIAL}`]: { n } }),
    }),
  )
}

/** Many puts, a few at once; with what statuses they were answered. */
async function puts(serve: ServeProcess, count: number): Promise<Set<number>> {
  const statuses = new Set<number>()
  for (let n = 0; n < count; n += AT_ONCE) {
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => put(serve, n + i)))
    for (const { status } of answers) statuses.add(status)
  }
  return statuses
}

/** So that there is no room left in SQLite's log either. */
function emptyLog(databasePath: string): void {
  const db = connect(databasePath, {})
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}

function rssKb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

/** What has to hold whatever it is that keeps the database from being written. */
async function story(t: Test, maker: TroubleMaker, trouble: string, reason: RegExp): Promise<void> {
  const databasePath = join(maker.folder, 'nle.sqlite')
  const serve = await serveProcess(t, databasePath)
  const served = { server: { localDeviceUrl: serve.deviceUrl } }
  const device = new Device(t, served)
  const stranger = new Device(t, served, NEW_SERIAL)
  const code = await device.code()
  t.match(await ask(serve, '/api/register', { code, userId: 'homeassistant' }), { status: 200 })
  await device.put({ [`shared.${SERIAL}`]: { target_temperature: 19 } })
  const list = (await device.get(`/nest/transport/device/${SERIAL}`).json()) as {
    objects: { object_key: string; object_revision: number; object_timestamp: number }[]
  }
  const all = list.objects.map((object) => ({
    key: object.object_key,
    revision: object.object_revision,
    timestamp: object.object_timestamp,
  }))
  const held = await device.hold(all)
  t.match(await ask(serve, '/health'), { status: 200, body: { status: 'ok' } })

  maker.begin(serve.pid)
  t.match(await put(serve, 0), { status: 503, body: { error: reason } }, 'a put')
  t.match(
    await ask(serve, '/health'),
    { status: 200, body: { status: 'degraded', trouble, reason, server: 'nle', since: /^20/ } },
    'health tells of it, with 200',
  )
  const passphrase = stranger.get('/nest/passphrase')
  t.equal((await passphrase.head()).status, 503)
  t.same(await passphrase.json(), { error: 'Entry key service unavailable' }, 'P6')
  const set = { serial: SERIAL, command: 'set_temperature', value: 23 }
  t.match(await ask(serve, '/command', set), {
    status: 503,
    body: { success: false, message: reason },
  })
  const register = { code: 'A3XR7M2', userId: 'anna' }
  t.equal((await ask(serve, '/api/register', register)).status, 200, 'a wrong code writes nothing')
  t.match(await ask(serve, `/status?serial=${SERIAL}`), {
    status: 200,
    body: { target_temperature: 19 },
  })
  t.equal((await stranger.subscribe([]).head()).status, 503, 'a subscribe that has to be kept')
  const second = await device.hold(all)
  t.equal((await second.head()).status, 200, 'one that only reads is held')

  const warmUp = await puts(serve, WARM_UP_PUTS)
  const beforeKb = rssKb(serve.pid)
  const refused = await puts(serve, REFUSED_PUTS)
  const afterKb = rssKb(serve.pid)
  t.comment(`${REFUSED_PUTS} refused puts: RSS ${beforeKb} kB before, ${afterKb} kB after`)
  t.same([...warmUp, ...refused], [503, 503])
  t.ok(afterKb - beforeKb < MAX_GROWTH_KB, 'memory does not grow')
  t.same([held.chunks, held.closed], [[], false], 'what was held is held still, and heard nothing')

  maker.end(serve.pid)
  // It may just have looked by itself, and looks once a second at most.
  while ((await ask(serve, '/health')).body.status !== 'ok');
  const later = await ask(serve, '/command', { ...set, value: 21 })
  t.match(later, { status: 200, body: { delivery: 'pushed' } })
  for (const wire of [held, second]) {
    t.match(await wire.document(), { objects: [{ value: { target_temperature: 21 } }] })
  }
  t.equal((await put(serve, 1)).status, 200, 'and only this put is on file')

  const events = serve.log.map(({ event }) => event)
  t.equal(events.filter((event) => event === BEGUN).length, 1, 'one line when it begins')
  t.equal(events.filter((event) => event === OVER).length, 1, 'and one when it ends')
  const loud = serve.log.filter(({ level }) => level === 'error').map(({ event }) => event)
  t.same(loud, [BEGUN], 'nothing else is worth a line')

  await serve.end('SIGKILL')
  const db = connect(databasePath, { readonly: true })
  t.equal(db.pragma('integrity_check', { simple: true }), 'ok')
  db.close()
  const store = openForReading(databasePath, Date.now())
  t.teardown(() => store.close())
  const { owner, buckets } = await store.load(SERIAL)
  t.match(owner, { userId: 'homeassistant' })
  t.match(buckets.get(`shared.${SERIAL}`)?.value, { target_temperature: 19 })
  t.match(buckets.get(`message.${SERIAL}`), { revision: 1, value: { n: 1 } })
  t.equal((await store.recentCommands(SERIAL, 10)).length, 1)
  t.equal((await store.load(NEW_SERIAL)).device, undefined)
}

t.test('a disk that is full, and has room again', { skip: mountingRefused() }, async (t) => {
  const volume = Volume.small(t, 2_048)
  const maker = {
    folder: volume.folder,
    begin: () => {
      emptyLog(join(volume.folder, 'nle.sqlite'))
      volume.fill()
    },
    end: () => volume.makeRoom(),
  }
  await story(t, maker, 'full', /the disk is full/)
})

t.test('a disk that reports errors, and works again', { skip: limitingRefused() }, async (t) => {
  const maker = {
    folder: t.testdir({}),
    begin: (pid: number) => limitWrites(pid, 0),
    end: (pid: number) => limitWrites(pid, 'unlimited'),
  }
  await story(t, maker, 'disk', /the disk reports an error/)
})

t.test(
  'a file system that the kernel makes read-only',
  { skip: mountingRefused() || ext4Missing() },
  async (t) => {
    const { volume, databasePath, serve, held } = await servedFromImage(
      t,
      join(t.testdir({}), 'image'),
    )
    // As after an error of the card that it is on.
    volume.remount('abort')
    t.match(await put(serve, 1), { status: 503, body: { error: /could not be written/ } })
    const { status, body } = await ask(serve, '/health')
    t.match({ status, body }, { status: 200, body: { status: 'degraded', reason: /read-only/ } })
    t.equal((await ask(serve, `/status?serial=${SERIAL}`)).status, 200)
    const found = await nle(['devices', '--all', '--db', databasePath])
    t.match(found, { stderr: /The server is in trouble.*read-only/, stdout: SERIAL })
    t.match(await nle(['doctor', '--db', databasePath]), {
      exitCode: 21,
      stdout: /problem\s+server\s+The database could not be written/,
    })
    t.same([held.chunks, held.closed], [[], false])
    t.equal(await serve.end('SIGTERM'), 0, 'it can be stopped all the same')
    t.equal(await held.ended(), true, 'S9')
  },
)

t.test(
  'a file system that was checked and mounted again is found without a restart',
  { skip: mountingRefused() || ext4Missing() },
  async (t) => {
    const folder = t.testdir({})
    const [image, mended] = [join(folder, 'image'), join(folder, 'mended')]
    const { volume, databasePath, serve, held } = await servedFromImage(t, image)
    volume.remount('abort')
    t.match(await put(serve, 1), { status: 503 })

    // The server still has the old one open, so a copy is checked, as on another card.
    copyFileSync(image, mended)
    volume.detach()
    t.match((await ask(serve, '/health')).body, { status: 'degraded' })
    t.strictSame(readdirSync(volume.folder), [], 'no new database in an empty folder')
    spawnSync('e2fsck', ['-fy', mended])
    volume.mount(['-o', 'loop', mended])
    while ((await ask(serve, '/health')).body.status !== 'ok');
    t.equal((await put(serve, 2)).status, 200)
    t.match(await ask(serve, `/status?serial=${SERIAL}`), { body: { target_temperature: 19 } })
    t.strictSame([held.chunks, held.closed], [[], false])
    const second = await nle(['serve', '--db', databasePath, '--port', '0', '--control-port', '0'])
    t.equal(second.exitCode, 8, 'its lock is taken, too')

    await serve.end('SIGKILL')
    const store = openForReading(databasePath, Date.now())
    const { buckets } = await store.load(SERIAL)
    store.close()
    t.match(buckets.get(`message.${SERIAL}`)?.value, { n: 2 })
  },
)

/** A server whose database is on an ext4 volume of its own, with a thermostat that holds a connection. */
async function servedFromImage(t: Test, image: string) {
  writeFileSync(image, Buffer.alloc(8 * 1024 * 1024))
  execFileSync('mkfs.ext4', ['-q', '-F', image])
  const volume = new Volume(t, ['-o', 'loop', image])
  const databasePath = join(volume.folder, 'nle.sqlite')
  const serve = await serveProcess(t, databasePath)
  const device = new Device(t, { server: { localDeviceUrl: serve.deviceUrl } })
  await device.put({ [`shared.${SERIAL}`]: { target_temperature: 19 } })
  return { volume, databasePath, serve, held: await device.hold() }
}

/** Why there is no such file system here; false where there is. */
function ext4Missing(): string | false {
  try {
    execFileSync('mkfs.ext4', ['-V'], { stdio: 'ignore' })
    return existsSync('/dev/loop-control') ? false : 'there are no loop devices here'
  } catch {
    return 'there is no mkfs.ext4 here'
  }
}
