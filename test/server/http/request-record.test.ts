import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { loopbackServer } from '../loopback-server.ts'

const SERIAL = '02AA01AC0000000001'
const KEY = `shared.${SERIAL}`

/** The records, once there are as many as asked for: an answer arrives before its record is whole. */
async function records(path: string, count: number): Promise<Record<string, unknown>[]> {
  for (;;) {
    const lines = readdirSync(path).includes('requests.jsonl')
      ? readFileSync(join(path, 'requests.jsonl'), 'utf8').trimEnd().split('\n')
      : []
    if (lines.length >= count) return lines.map((line) => JSON.parse(line))
    await new Promise((resolve) => setImmediate(resolve))
  }
}

t.test('every request and answer is on file, without passwords', async (t) => {
  const debugLogsDir = t.testdir({})
  const { deviceUrl, controlUrl } = await loopbackServer(t, {
    flags: { debugLogging: 'true', debugLogsDir },
  })
  const authorization = `Basic ${btoa(`d.${SERIAL}.5EED:hunter2`)}`
  const body = JSON.stringify({ [KEY]: { object_key: KEY, name: 'Hall' } })
  await fetch(`${deviceUrl}/nest/transport/put`, {
    method: 'POST',
    headers: { authorization },
    body,
  })
  await fetch(`${controlUrl}/api/configure-nest`, {
    method: 'POST',
    body: JSON.stringify({ ip: '1.1.1.1', api_key: 'hunter2' }),
  })
  await fetch(`${deviceUrl}/nest/ping?api_key=hunter2&from=http%3A%2F%2Fx`, {
    headers: { referer: 'http://me:hunter2@nle.lan/', 'x-auth-token': 'hunter2' },
  })
  await fetch(`${controlUrl}/command`, { method: 'POST', body: 'wifi_psk=hunter2&pin=hunter2' })
  await fetch(`${controlUrl}/command`, { method: 'POST', body: '{"wifi": {"psk": "hunter2' })
  const [put, configure] = await records(debugLogsDir, 5)
  t.match(put, {
    listener: 'device',
    serial: SERIAL,
    request: { method: 'POST', path: '/nest/transport/put', body: { [KEY]: { name: 'Hall' } } },
    response: { status: 200, chunks: [{ body: { objects: [{ object_key: KEY }] } }] },
  })
  t.match(configure, { listener: 'control', response: { status: 400 } })
  const text = readFileSync(join(debugLogsDir, 'requests.jsonl'), 'utf8')
  t.notMatch(text, 'hunter2')
  t.notMatch(text, btoa('hunter2'))
  t.notMatch(text, authorization)
  t.equal(statSync(join(debugLogsDir, 'requests.jsonl')).mode & 0o777, 0o600)
})

t.test('the files do not grow for ever', async (t) => {
  const debugLogsDir = t.testdir({})
  const { deviceUrl } = await loopbackServer(t, { flags: { debugLogging: 'true', debugLogsDir } })
  for (let i = 0; i < 6; i++) {
    writeFileSync(join(debugLogsDir, 'requests.jsonl'), 'x'.repeat(16 * 1024 * 1024 + 1))
    await fetch(`${deviceUrl}/nest/ping`)
    while (statSync(join(debugLogsDir, 'requests.jsonl')).size > 1024 * 1024) {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  t.strictSame(readdirSync(debugLogsDir).sort(), [
    'requests.jsonl',
    'requests.jsonl.1',
    'requests.jsonl.2',
    'requests.jsonl.3',
  ])
})

t.test('a flood is not recorded whole, and the record says so', async (t) => {
  const debugLogsDir = t.testdir({})
  const clock = new ManualClock()
  const flags = { debugLogging: 'true', debugLogsDir }
  const { deviceUrl } = await loopbackServer(t, { clock, flags })
  for (let i = 0; i < 700; i++) await fetch(`${deviceUrl}/nest/ping`)
  clock.advance(1_000)
  await fetch(`${deviceUrl}/nest/ping`)
  const all = await records(debugLogsDir, 602)
  t.equal(all.length, 602)
  t.match(
    all.filter((each) => 'left_out' in each),
    [{ left_out: 100 }],
  )
})
