import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { type DeviceLogLimits, DeviceLogs } from '../../../src/server/device/device-logs.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { loopbackServer } from '../loopback-server.ts'

const SERIAL = '02AA01AC0000000001'
const OTHER = '02AA01AC0000000002'

function callerNamed(serial: string, network = '192.168.1.9') {
  return { serial, network }
}

function logsOf(t: Test, limits: Partial<DeviceLogLimits> = {}) {
  const folder = join(t.testdir({}), 'device-logs')
  const clock = new ManualClock()
  const logs = new DeviceLogs({ folder, clock, log: silentLogger, limits })
  const files = () =>
    readdirSync(folder, { recursive: true }).filter((f) => /\.log/.test(String(f)))
  const keep = (...chunks: Buffer[]) => logs.keep(callerNamed(SERIAL), Readable.from(chunks))
  return { logs, folder, files, keep, clock }
}

t.test('an upload is kept under its serial, unpacked', async (t) => {
  const { keep } = logsOf(t)
  const plain = await keep(Buffer.from('one\n'), Buffer.from('two\n'))
  t.equal(readFileSync(plain ?? '', 'utf8'), 'one\ntwo\n')
  const packed = await keep(gzipSync('three\n'))
  t.equal(readFileSync(packed ?? '', 'utf8'), 'three\n')
  t.match(packed, new RegExp(`${SERIAL}/20251009-085320-000-1\\.log$`))
})

t.test('bombs, giants and broken archives leave nothing behind', async (t) => {
  const { keep, files } = logsOf(t, { maxUploadBytes: 50_000, maxFileBytes: 100_000 })
  t.equal(await keep(gzipSync(Buffer.alloc(20_000_000))), undefined, 'a bomb')
  t.equal(await keep(randomBytes(50_001)), undefined, 'a giant')
  t.equal(await keep(gzipSync('whole').subarray(0, 12)), undefined, 'half an archive')
  t.strictSame(files(), [])
})

t.test('the oldest make room', async (t) => {
  const { keep, files, clock } = logsOf(t, { maxTotalBytes: 100, maxFiles: 3, maxAgeMs: 1_000_000 })
  const kept: (string | undefined)[] = []
  const add = async (bytes: number): Promise<void> => {
    const path = await keep(Buffer.alloc(bytes, 'x'))
    kept.push(path)
    const at = clock.now().wallMs / 1000
    if (path !== undefined) utimesSync(path, at, at)
    clock.advance(1000)
  }
  for (const bytes of [60, 30, 40]) await add(bytes)
  t.equal(files().length, 2, 'by size')
  await add(1)
  await add(1)
  t.equal(files().length, 3, 'by number')
  clock.advance(2_000_000)
  await add(1)
  t.equal(files().length, 1, 'by age')
})

t.test('a wall clock that runs ten years ahead takes no log with it', async (t) => {
  const { keep, files, clock } = logsOf(t, { maxAgeMs: 90 * 86_400_000 })
  const old = await keep(Buffer.from('old'))
  const at = clock.now().wallMs / 1000
  if (old !== undefined) utimesSync(old, at, at)
  clock.wallOffsetMs = 3650 * 86_400_000
  await keep(Buffer.from('new'))
  t.equal(files().length, 2)
})

t.test('a thermostat whose last log is gone has no folder any more', async (t) => {
  const { logs, folder, keep, clock } = logsOf(t, { maxAgeMs: 1_000 })
  await logs.keep(callerNamed(OTHER), Readable.from([gzipSync('whole').subarray(0, 12)]))
  t.strictSame(readdirSync(folder), [], 'the only one was dropped')
  const old = await keep(Buffer.from('old'))
  if (old !== undefined) utimesSync(old, clock.now().wallMs / 1000, clock.now().wallMs / 1000)
  clock.advance(2_000)
  await logs.keep(callerNamed(OTHER), Readable.from([Buffer.from('new')]))
  t.strictSame(readdirSync(folder), ['02AA01AC0000000002'])
})

t.test('too many at once are dropped, and one that stalls is given up', async (t) => {
  const { logs, files, clock } = logsOf(t, { maxUnderWay: 1, timeoutMs: 5_000 })
  const stalled = new Readable({ read() {} })
  stalled.push('half')
  const first = logs.keep(callerNamed(SERIAL), stalled)
  t.equal(await logs.keep(callerNamed(SERIAL), Readable.from([Buffer.from('x')])), undefined)
  while (clock.timers.pending === 0) await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => setImmediate(resolve))
  clock.advance(5_000)
  t.equal(await first, undefined)
  t.strictSame(files(), [])
})

t.test('one thermostat does not push out the logs of another', async (t) => {
  const { logs, folder } = logsOf(t, { maxTotalBytes: 1_000 })
  const add = (serial: string, bytes: number) =>
    logs.keep(callerNamed(serial), Readable.from([Buffer.alloc(bytes, 'x')]))
  await add(OTHER, 300)
  for (let i = 0; i < 8; i++) await add(SERIAL, 200)
  t.equal(readdirSync(join(folder, OTHER)).length, 1)
  t.equal(readdirSync(join(folder, SERIAL)).length, 3)
})

t.test(
  'one thermostat uploads ten at once, then one a minute; others are not kept out',
  async (t) => {
    const { logs, keep, clock } = logsOf(t)
    for (let i = 0; i < 10; i++) t.ok(await keep(Buffer.from('x')))
    t.equal(await keep(Buffer.from('x')), undefined)
    t.ok(await logs.keep(callerNamed(OTHER), Readable.from([Buffer.from('x')])))
    clock.advance(60_000)
    t.ok(await keep(Buffer.from('x')))
  },
)

t.test('uploads that stall leave room for those of another network', async (t) => {
  const { logs, clock } = logsOf(t, { timeoutMs: 5_000 })
  const stalled = Array.from({ length: 3 }, (_, i) => {
    const upload = new Readable({ read() {} })
    upload.push('half')
    return logs.keep(callerNamed(`02AA01AC000000001${i}`), upload)
  })
  t.equal(await stalled[2], undefined, 'the third from one network is refused')
  t.ok(await logs.keep(callerNamed(SERIAL, '192.168.1.2'), Readable.from([Buffer.from('x')])))
  while (clock.timers.pending < 2) await new Promise((resolve) => setImmediate(resolve))
  clock.advance(5_000)
  t.strictSame(await Promise.all(stalled), [undefined, undefined, undefined])
})

t.test('over HTTP: all is well, whatever becomes of it', async (t) => {
  const folder = join(t.testdir({}), 'logs')
  const kept = await loopbackServer(t, {
    flags: { storeDeviceLogs: 'true', deviceLogsDir: folder },
  })
  const post = async (url: string, body: Buffer | string, serial?: string) => {
    const headers = serial === undefined ? {} : { 'X-nl-device-id': serial }
    const answer = await fetch(url, { method: 'POST', body: body as string, headers })
    return { status: answer.status, body: await answer.json() }
  }
  const ok = { status: 200, body: { status: 'ok' } }
  t.match(await post(`${kept.deviceUrl}/nest/upload`, 'log\n', SERIAL), ok)
  t.notOk(existsSync(folder), 'it never called before')
  await fetch(`${kept.deviceUrl}/nest/entry`, { headers: { 'X-nl-device-id': SERIAL } })
  t.match(await post(`${kept.deviceUrl}/nest/upload`, gzipSync('log\n'), SERIAL), ok)
  t.match(await post(`${kept.deviceUrl}/upload`, gzipSync('log\n').subarray(0, 9), SERIAL), ok)
  t.match(await post(`${kept.deviceUrl}/nest/upload`, 'log\n'), ok, 'nobody knows whose')
  const [file] = readdirSync(join(folder, SERIAL))
  t.equal(readFileSync(join(folder, SERIAL, file ?? ''), 'utf8'), 'log\n')
  t.equal(readdirSync(join(folder, SERIAL)).length, 1)

  const dropped = await loopbackServer(t, { flags: { deviceLogsDir: join(folder, 'other') } })
  t.match(await post(`${dropped.deviceUrl}/nest/upload`, 'log\n', SERIAL), ok)
  t.strictSame(readdirSync(folder), [SERIAL], 'not without the setting')
})

t.test('who installed the thermostat: nobody in particular', async (t) => {
  const { deviceUrl } = await loopbackServer(t)
  const answer = await fetch(`${deviceUrl}/nest/pro_info/ABC-123`)
  t.match(await answer.json(), { id: 1, pro_id: 'ABC-123' })
  t.equal((await fetch(`${deviceUrl}/pro_info/X`)).status, 200)
})
