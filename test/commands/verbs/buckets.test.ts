import t from 'tap'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { START_MS } from '../../helpers/manual-clock.ts'
import { putBucket } from '../../helpers/seed-store.ts'
import { changeStore, QUIET_SERIAL, quietDatabase } from '../homes.ts'
import { nle } from '../shell.ts'

async function kitchen(t: Parameters<typeof quietDatabase>[0]): Promise<string> {
  const db = await quietDatabase(t, 'A3XR7M4')
  await changeStore(db, async (store) => {
    const version = { revision: 3, timestamp: START_MS - 90_000 }
    const put = (objectKey: string, value: Record<string, unknown>) =>
      putBucket(store, QUIET_SERIAL, objectKey, value, version)
    await put(`shared.${QUIET_SERIAL}`, { name: 'Kitchen', target_temperature: 21 })
    await put(`device.${QUIET_SERIAL}`, { temperature_lock_pin_hash: 'f00ba4', note: 'a\u009bb' })
    await put('structure.default', { name: 'Home' })
  })
  return db
}

t.test('lists stored buckets with key, revision, timestamp, age and size', async (t) => {
  const db = await kitchen(t)
  const { exitCode, stdout } = await nle(['buckets', '--db', db])
  t.equal(exitCode, 0)
  t.match(stdout, /^OBJECT KEY +REVISION +TIMESTAMP +CHANGED +SIZE\n/)
  t.match(stdout, `shared.${QUIET_SERIAL}         3  ${START_MS - 90_000}  1 min ago  42 B`)
  const json = JSON.parse((await nle(['buckets', 'kitchen', '--db', db, '--json'])).stdout)
  t.equal(json.total, 3)
  t.strictSame(json.buckets[2], {
    serial: QUIET_SERIAL,
    object_key: 'structure.default',
    object_revision: 3,
    object_timestamp: START_MS - 90_000,
    size: 15,
  })
})

t.test('shows a bucket by its key or its type', async (t) => {
  const db = await kitchen(t)
  for (const key of ['shared', `shared.${QUIET_SERIAL}`, `SHARED.${QUIET_SERIAL.toLowerCase()}`]) {
    const { exitCode, stdout } = await nle(['buckets', '0KD6', key, '--db', db])
    t.equal(exitCode, 0)
    const [head, ...value] = stdout.split('\n')
    t.match(head, `shared.${QUIET_SERIAL} revision 3, timestamp ${START_MS - 90_000}`)
    t.same(JSON.parse(value.join('\n')), { name: 'Kitchen', target_temperature: 21 })
  }
  const missing = await nle(['buckets', '0KD6', 'where', '--db', db])
  t.match(missing, { exitCode: 4, stderr: /no bucket "where"\. It has device\./ })
  t.match(await nle(['buckets', 'Attic', '--db', db]), { exitCode: 4, stderr: /Kitchen/ })
})

t.test('hides secrets without --reveal (I5)', async (t) => {
  const db = await kitchen(t)
  const { stdout, stderr } = await nle(['buckets', 'kitchen', 'device', '--db', db])
  t.notMatch(stdout, 'f00ba4')
  t.match(stdout, '"temperature_lock_pin_hash": "(hidden)"')
  t.match(stdout, '"a\\u009bb"', 'control characters are written out')
  t.match(stderr, /--reveal/)
  const json = await nle(['buckets', 'kitchen', 'device', '--db', db, '--json'])
  t.notMatch(json.stdout, 'f00ba4')
  const open = await nle(['buckets', 'kitchen', 'device', '--db', db, '--reveal'])
  t.match(open.stdout, 'f00ba4')
})

t.test('reads the database of a running server', async (t) => {
  const home = await startHome(t)
  await home.paired()
  const { exitCode, stdout } = await nle(['buckets', SERIAL, '--db', home.databasePath])
  t.equal(exitCode, 0)
  for (const key of [`device.${SERIAL}`, `shared.${SERIAL}`, 'user.homeassistant']) {
    t.match(stdout, key)
  }
})

t.test('says that nothing is on file yet', async (t) => {
  const db = await quietDatabase(t, 'A3XR7M4')
  t.match(await nle(['buckets', '--db', db]), { exitCode: 0, stdout: /Nothing is on file yet/ })
})

t.test('--delete asks, and the thermostat uploads the bucket again', async (t) => {
  const home = await startHome(t)
  await home.paired({ name: 'Kitchen' })
  const stored = async () => (await home.server.core.store.load(SERIAL)).buckets
  const uploads = async () => (await stored()).get(`shared.${SERIAL}`)
  const args = ['buckets', 'kitchen', '--delete', 'shared', '--db', home.databasePath]
  t.match(await nle(args), { exitCode: 2, stderr: /no terminal to ask on\. Add --yes/ })
  const no = await nle(args, { interactive: true, typed: [['Delete shared', '\r']] })
  t.match(no, { exitCode: 130, stderr: /Nothing was changed/ })
  t.equal((await uploads())?.value.name, 'Kitchen')
  const back = new Promise<void>((resolve) => {
    home.server.core.events.on('deviceChanged', async () => {
      if ((await uploads())?.value.name === 'Kitchen') resolve()
    })
  })
  const yes = await nle(args, { interactive: true, typed: [['Delete shared', 'y\r']] })
  t.match(yes, {
    exitCode: 0,
    stdout: `shared.${SERIAL} of Kitchen (${SERIAL}) is deleted. The thermostat was asked to upload it again.`,
  })
  home.clock.advance(5_000)
  await back
})

t.test('--delete refuses what keeps a thermostat paired, and what is not there', async (t) => {
  const home = await startHome(t)
  await home.paired()
  const remove = (...args: string[]) =>
    nle(['buckets', ...args, '--yes', '--db', home.databasePath])
  for (const key of ['user.homeassistant', 'structure.default']) {
    t.match(await remove(SERIAL, '--delete', key), { exitCode: 2, stderr: /"nle unpair"/ }, key)
  }
  t.match(await remove(SERIAL, '--delete', 'where.none'), {
    exitCode: 4,
    stderr: /has no bucket "where\.none"/,
  })
  t.match(await remove('--delete', 'where'), { exitCode: 2, stderr: /Name one thermostat/ })
})
