import type { Random } from '../simulation/random.ts'
import { mutatedBytes, mutatedJson, randomJson } from './mutate.ts'

/** Thermostats the fuzzer pretends to be; the first one is paired. */
export const SERIALS = ['02AA01AC12345678', '02AA01AC87654321', '02AA01AC00000001'] as const
/** One nobody pretends to be: its data has to stay as it was. */
export const WITNESS = '02AA01ACFFFFFFFF'

interface Sample {
  readonly line: string
  readonly body?: unknown
}

const SESSION = { session: 's', chunked: false }

function deviceSamples(serial: string): Sample[] {
  const shared = `shared.${serial}`
  return [
    { line: 'GET /nest/entry' },
    { line: 'GET /nest/ping' },
    { line: 'GET /info' },
    { line: 'GET /nest/passphrase' },
    { line: 'GET /nest/passphrase/status' },
    { line: `GET /nest/transport/device/${serial}` },
    { line: 'GET /nest/pro_info/ABC' },
    { line: 'POST /nest/upload', body: { x: 1 } },
    {
      line: 'POST /nest/transport/put',
      body: {
        ...SESSION,
        objects: [
          {
            object_key: shared,
            base_object_revision: 1,
            if_object_revision: 1,
            value: { target_temperature: 20, target_change_pending: false, name: 'x' },
          },
          { object_key: `device.${serial}`, value: { eco: { mode: 'schedule' }, where_id: 'x' } },
        ],
      },
    },
    {
      line: 'POST /nest/transport/v7/put',
      body: { [shared]: { object_key: shared, current_temperature: 19.5 } },
    },
    {
      line: 'POST /nest/transport',
      body: {
        ...SESSION,
        chunked: true,
        objects: [
          { object_key: shared, object_revision: 1, object_timestamp: 1, value: { a: 1 } },
          { object_key: `schedule.${serial}`, object_revision: 0, object_timestamp: 0 },
          {
            object_key: 'structure.other',
            object_revision: 3,
            object_timestamp: 1_700_000_000_000,
          },
          { object_key: 'user.somebody', object_revision: 0, object_timestamp: 0 },
        ],
      },
    },
    {
      line: 'POST /nest/transport/v7/subscribe',
      body: { ...SESSION, shared: { object_revision: 1, object_timestamp: 2, value: { b: 2 } } },
    },
  ]
}

function controlSamples(serial: string): Sample[] {
  const command = (name: string, value: unknown): Sample => ({
    line: 'POST /command',
    body: { serial, command: name, value },
  })
  const day = { 0: { time: 0, temp: 20, type: 'HEAT', entry_type: 'setpoint' } }
  return [
    { line: 'GET /health' },
    { line: `GET /status?serial=${serial}` },
    { line: 'GET /api/devices' },
    { line: `GET /api/schedule?serial=${serial}` },
    { line: `GET /api/changes?serial=${serial}&limit=5` },
    { line: 'GET /api/changes/1' },
    { line: 'GET /api/stats' },
    { line: 'GET /api/config' },
    { line: 'GET /api/pairing' },
    { line: `GET /api/pairing/${serial}` },
    { line: 'GET /api/registered-devices?userId=homeassistant' },
    { line: 'POST /notify-device', body: { serial } },
    { line: 'POST /api/register', body: { code: 'AAAAAAA', userId: 'homeassistant' } },
    { line: 'POST /api/ensure-user', body: { userId: 'x', email: 'x@example.org' } },
    { line: `POST /api/dismiss-pairing/${serial}`, body: {} },
    { line: 'DELETE /api/registered-devices/02AA01AC00000001?userId=x' },
    { line: 'DELETE /api/device', body: { serial: '02AA01AC00000001' } },
    command('set_temperature', 21),
    command('set_temperature', { low: 19, high: 24 }),
    command('set_mode', 'heat'),
    command('set_away', true),
    command('set_fan', 'on'),
    command('set_eco_temperatures', { low: 12 }),
    command('set_schedule', { schedule_mode: 'HEAT', days: { 0: day } }),
    command('set_schedule_mode', 'COOL'),
    command('set_device_setting', { learning_mode: true }),
  ]
}

/** One connection's worth of bytes for a listener: now and then right, mostly not. */
export function fuzzedRequest(random: Random, listener: 'device' | 'control'): Buffer {
  const serial = random.pick(SERIALS)
  const samples = listener === 'device' ? deviceSamples(serial) : controlSamples(serial)
  const sample = samples[random.int(samples.length)] ?? samples[0]
  if (sample === undefined) return Buffer.alloc(0)
  let body = sample.body === undefined ? '' : JSON.stringify(bodyOf(random, sample.body))
  // Numbers that JSON can write and doubles cannot hold.
  if (random.chance(0.1)) body = body.replaceAll('"1e400"', '1e400').replaceAll('"-0"', '-1e999')
  if (random.chance(0.02)) body = '['.repeat(random.int(200_000))
  if (random.chance(0.02)) body += ' '.repeat(random.int(1_200_000))
  const bytes = random.chance(0.15) ? mutatedBytes(random, body) : Buffer.from(body)
  const head = headOf(random, sample.line, serial, bytes.length)
  const whole = Buffer.concat([
    random.chance(0.1) ? mutatedBytes(random, head) : Buffer.from(head),
    bytes,
  ])
  return random.chance(0.05) ? mutatedBytes(random, whole.toString('latin1')) : whole
}

function bodyOf(random: Random, body: unknown): unknown {
  if (random.chance(0.05)) return randomJson(random)
  return random.chance(0.7) ? mutatedJson(random, body) : body
}

function headOf(random: Random, sampleLine: string, serial: string, length: number): string {
  const method = random.chance(0.05)
    ? random.pick(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE'])
    : sampleLine.split(' ')[0]
  const path = sampleLine.split(' ')[1] ?? '/'
  const target = random.chance(0.1)
    ? mutatedBytes(random, path)
        .toString('latin1')
        .replace(/[\r\n ]/g, '')
    : path
  const lines = [`${method} ${target} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close']
  if (!random.chance(0.03)) lines.push(`Authorization: Basic ${btoa(`d.${serial}.X:secret`)}`)
  if (random.chance(0.05)) lines.push('Transfer-Encoding: chunked')
  if (random.chance(0.05)) lines.push(`Content-Length: ${random.int(5000)}`)
  else if (length > 0) lines.push(`Content-Length: ${length}`)
  if (random.chance(0.1))
    lines.push(`Content-Type: ${random.pick(['text/plain', 'application/json', 'x'])}`)
  if (random.chance(0.03)) lines.push('Origin: http://evil.example')
  if (random.chance(0.03)) lines.push('Expect: 100-continue')
  if (random.chance(0.02)) lines.push('Upgrade: websocket', 'Connection: Upgrade')
  if (random.chance(0.02)) lines.push(`X-Long: ${'y'.repeat(random.int(20_000))}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
