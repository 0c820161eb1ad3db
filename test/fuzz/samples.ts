import { gzipSync } from 'node:zlib'
import { BUCKET_TYPES } from '../../src/protocol/bucket.ts'
import { DEVICE_SETTINGS } from '../../src/protocol/commands/device-settings.ts'
import { COMMANDS } from '../../src/protocol/commands/plan-command.ts'
import type { Random } from '../simulation/random.ts'
import type { Knowledge } from './knowledge.ts'

/** Thermostats the fuzzer pretends to be; the first one is paired. */
export const SERIALS = ['02AA01AC12345678', '02AA01AC87654321', '02AA01AC00000001'] as const
/** A thermostat that no request comes from: its data must stay unchanged. */
export const WITNESS = '02AA01ACFFFFFFFF'

/** A valid request, before it is mutated. */
export interface Sample {
  readonly line: string
  /** JSON unless it is text or bytes already. */
  readonly body?: unknown
  readonly headers?: readonly string[]
}

const TYPES: readonly [string, ...string[]] = ['unknown_type', ...BUCKET_TYPES]
const SETTINGS: readonly [string, ...string[]] = [
  'no_such_setting',
  ...Object.keys(DEVICE_SETTINGS),
]
const DAYS = [0, 1, 2, 3, 4, 5, 6] as const

/** The path of an endpoint, with or without the prefix that firmware builds use. */
function devicePath(random: Random, path: string): string {
  return `${random.pick(['/nest', ''])}${path}`
}

/** A valid request for every endpoint of the device listener. */
export function deviceSamples(random: Random, serial: string, known: Knowledge): Sample[] {
  const at = (path: string): string => devicePath(random, path)
  const transport = random.pick(['/transport', '/czfe', '/transport/v7', '/transport/any'])
  const root = random.pick(['/transport', '/czfe'])
  return [
    { line: `GET ${at('/entry')}` },
    {
      line: `POST ${at('/entry')}`,
      body: 'model=Display-2.1&mac=18B430000001&software_version=5.9&wireless_reg_domain=A2',
      headers: ['Content-Type: application/x-www-form-urlencoded'],
    },
    { line: `GET ${random.pick(['/', '/nest', `/?serial=${serial}`])}` },
    { line: `POST ${random.pick(['/', '/nest'])}`, body: 'mac=18B430000001' },
    { line: `GET ${at('/ping')}` },
    { line: `POST ${at('/ping')}`, body: {} },
    { line: `GET ${at(root)}` },
    { line: 'GET /info' },
    { line: `GET ${at('/passphrase')}` },
    { line: `GET ${at('/passphrase/status')}` },
    { line: `GET ${at(`${root}/device/${random.pick(['', 'device.'])}${serial}`)}` },
    { line: `GET ${at(`${root}/v7/device/device.${serial}`)}` },
    { line: `GET ${at(random.pick(['/pro_info/ABC', '/pro_info']))}` },
    {
      line: `GET ${at(random.pick(['/weather/v1?query=94304', '/weather', '/weather/v1/more']))}`,
    },
    {
      line: `POST ${at('/upload')}`,
      body: random.chance(0.5) ? { x: 1 } : gzipSync('a line of a log\n'.repeat(random.int(2000))),
    },
    { line: `POST ${at(`${transport}/put`)}`, body: putBody(random, serial, known) },
    { line: `POST ${at('/any/put')}`, body: putBody(random, serial, known) },
    { line: `POST ${at(root)}`, body: subscribeBody(random, serial, known) },
    { line: `POST ${at(`${transport}/subscribe`)}`, body: subscribeBody(random, serial, known) },
    { line: `POST ${at('/any/subscribe')}`, body: subscribeBody(random, serial, known) },
    { line: `POST ${at(`${root}/v3/put`)}`, body: nestedPut(random, serial, known) },
    { line: `POST ${at(`${root}/v3/subscribe`)}`, body: pollBody(random, serial, known) },
    { line: `GET ${at(`${root}/v3/device/device.${serial}`)}${random.pick(['', ' ._sync'])}` },
  ]
}

function keyOf(random: Random, serial: string): string {
  const type = random.pick(TYPES)
  const id = random.chance(0.8) ? serial : random.pick(['default', 'homeassistant', WITNESS, 'x.y'])
  return `${type}.${id}`
}

/** Some stored keys and some random ones. */
function keysOf(random: Random, serial: string, known: Knowledge): string[] {
  const some = Array.from({ length: 1 + random.int(4) }, () => keyOf(random, serial))
  return [...known.keys(random), `shared.${serial}`, ...some]
}

function bucketValue(random: Random, key: string): object {
  if (key.startsWith('schedule.')) return schedule(random)
  return {
    target_temperature: 15 + random.int(10),
    target_change_pending: random.chance(0.5),
    eco: { mode: random.pick(['schedule', 'manual-eco', 'auto-eco']), mode_update_timestamp: 1 },
    manual_eco_all: random.chance(0.5),
    name: 'x',
    devices: [key],
  }
}

/** A put in either form of `U1`, with revisions that are right, wrong or missing. */
function putBody(random: Random, serial: string, known: Knowledge): object {
  const entries = keysOf(random, serial, known).map((key) => {
    const { revision } = known.version(key)
    const base = random.chance(0.5) ? { base_object_revision: revision } : {}
    const condition = random.chance(0.3) ? { if_object_revision: revision } : {}
    return {
      key,
      head: { object_key: key, ...base, ...condition },
      value: bucketValue(random, key),
    }
  })
  const session = { session: 's' }
  return random.chance(0.5)
    ? { ...session, objects: entries.map(({ head, value }) => ({ ...head, value })) }
    : {
        ...session,
        ...Object.fromEntries(entries.map(({ key, head, value }) => [key, { ...head, ...value }])),
      }
}

/** A subscribe in either form of `S1`, with timestamps that are stored, zero or later. */
function subscribeBody(random: Random, serial: string, known: Knowledge): object {
  const objects = keysOf(random, serial, known).map((key) => {
    const { revision, timestamp } = known.version(key)
    const later = random.pick([0, 0, 0, 1, 3_600_000, 1e15])
    return {
      object_key: key,
      object_revision: random.chance(0.2) ? 0 : revision,
      object_timestamp: random.chance(0.2) ? 0 : timestamp + later,
      ...(random.chance(0.2) ? { value: bucketValue(random, key) } : {}),
    }
  })
  const head = { session: 's', ...(random.chance(0.8) ? { chunked: true } : {}) }
  if (random.chance(0.6)) return { ...head, objects }
  const named = objects.map((object) => {
    const type = object.object_key.slice(0, object.object_key.indexOf('.'))
    return [type, random.chance(0.2) ? [object, object] : object]
  })
  return { ...head, ...Object.fromEntries(named) }
}

/** A put of transport v3, sometimes with its marks (`V2`) and with noise in its keys (`V9`). */
function nestedPut(random: Random, serial: string, known: Knowledge): object {
  const byType: Record<string, Record<string, object>> = {}
  for (const key of keysOf(random, serial, known)) {
    const dot = key.indexOf('.')
    const id = `${key.slice(dot + 1)}${random.chance(0.1) ? ' ._sync' : ''}`
    const marks = random.chance(0.5)
      ? { $version: 1, $timestamp: known.version(key).timestamp }
      : {}
    const type = key.slice(0, dot)
    byType[type] = { ...byType[type], [id]: { ...marks, ...bucketValue(random, key) } }
  }
  return byType
}

/** A poll of transport v3, sometimes without versions (`V5`). */
function pollBody(random: Random, serial: string, known: Knowledge): object {
  const keys = keysOf(random, serial, known).map((key) => {
    const { revision, timestamp } = known.version(key)
    return random.chance(0.2) ? { key } : { key, version: revision, timestamp }
  })
  return { keys }
}

/** A schedule, in one of the forms that people and clients write. */
function schedule(random: Random): object {
  const mode = random.pick(['HEAT', 'COOL', 'RANGE'])
  const entry = (): object => ({
    type: mode,
    time: random.int(86_400),
    entry_type: random.pick(['setpoint', 'continuation']),
    ...(mode === 'RANGE' ? { 'temp-min': 18, 'temp-max': 24 } : { temp: 18 + random.int(5) }),
  })
  const day = (): object => {
    const entries = Array.from({ length: random.int(random.chance(0.1) ? 100 : 6) }, entry)
    return random.chance(0.3) ? entries : { ...entries }
  }
  const days = DAYS.map((n) => [String(n), day()] as const)
  return {
    ver: 2,
    name: 'Week',
    schedule_mode: mode,
    days: random.chance(0.2) ? days.map(([, each]) => each) : Object.fromEntries(days),
  }
}

/** A value for each command; a test compares the names with the table of commands. */
const COMMAND_VALUES: Readonly<Record<string, (random: Random) => unknown>> = {
  set_temperature: (random) => random.pick<unknown>([21, { low: 19, high: 24 }, '21.5', 70]),
  set_mode: (random) => random.pick(['heat', 'cool', 'heat-cool', 'off', 'emergency', 'eco']),
  set_away: (random) => random.chance(0.5),
  set_name: (random) => random.pick<unknown>(['Hallway', '', 7]),
  set_fan: (random) => random.pick<unknown>(['on', 'auto', 900]),
  set_eco_temperatures: () => ({ low: 12, high: 28 }),
  set_schedule: schedule,
  set_schedule_mode: (random) => random.pick(['HEAT', 'COOL', 'RANGE']),
  set_device_setting: (random) => ({ [random.pick(SETTINGS)]: random.pick<unknown>([true, 1]) }),
}

/** A valid request for every endpoint of the control listener that stays on this machine. */
export function controlSamples(random: Random, serial: string, known: Knowledge): Sample[] {
  const [someCommand = ''] = Object.keys(COMMANDS).slice(random.int(Object.keys(COMMANDS).length))
  const command: Sample = {
    line: 'POST /command',
    body: { serial, command: someCommand, value: COMMAND_VALUES[someCommand]?.(random) },
  }
  return [
    ...Array<Sample>(8).fill(command),
    { line: 'GET /health' },
    { line: 'GET /health/live' },
    { line: 'GET /health/ready' },
    { line: `GET /status?serial=${serial}` },
    { line: 'GET /api/devices' },
    { line: `GET /api/schedule?serial=${serial}` },
    { line: `GET /api/changes?serial=${serial}&limit=5` },
    { line: `GET /api/changes/${known.changeId(random)}` },
    { line: 'GET /' },
    { line: 'GET /api/stats' },
    { line: 'GET /api/config' },
    { line: `GET /api/events?detail=${random.int(2)}` },
    { line: 'GET /api/events', headers: [`Last-Event-ID: ${known.eventId(random)}`] },
    { line: 'GET /api/pairing' },
    { line: `GET /api/pairing/${serial}` },
    { line: 'GET /api/registered-devices?userId=homeassistant' },
    { line: 'GET /api/mqtt-config' },
    { line: 'GET /api/backup' },
    { line: 'GET /api/doctor' },
    { line: 'GET /api/settings' },
    { line: 'GET /api/tokens' },
    { line: 'POST /api/tokens', body: { name: `x${random.int(50)}`, scope: 'read' } },
    { line: `DELETE /api/tokens/x${random.int(50)}` },
    { line: `GET /api/buckets?serial=${serial}` },
    { line: `GET /api/bucket?serial=${serial}&object_key=shared&reveal=${random.int(2)}` },
    { line: 'POST /notify-device', body: { serial } },
    { line: 'POST /api/register', body: { code: known.code(random), userId: 'homeassistant' } },
    { line: 'POST /api/ensure-user', body: { userId: 'x', email: 'x@example.org' } },
    { line: `POST /api/dismiss-pairing/${serial}`, body: {} },
    { line: `POST /api/repin/${serial}`, body: {} },
    { line: `POST /api/pin/${serial}`, body: { pinned: random.chance(0.5) } },
    { line: 'POST /api/configure-nest', body: { ip: 'not an address', api_key: 'x' } },
    { line: `DELETE /api/registered-devices/${serial}?userId=homeassistant` },
    { line: 'DELETE /api/device', body: { serial: '02AA01AC00000001' } },
    { line: 'DELETE /api/bucket', body: { serial, object_key: 'junk.1' } },
    { line: `DELETE /api/unpaired-devices?all=${random.int(2)}` },
    { line: `GET /api/device-settings?serial=${serial}` },
    { line: `GET /api/history?serial=${serial}&fields=temperature&step=${random.int(9)}e5` },
    { line: `GET /api/runtime?serial=${serial}&by=${random.pick(['day', 'hour'])}&format=csv` },
    { line: 'GET /metrics' },
    { line: 'GET /api/log?limit=5' },
    { line: 'GET /api/session' },
    { line: 'POST /api/session', body: { token: 'nle_x' } },
    { line: 'DELETE /api/session' },
    { line: 'GET /api/notifications' },
    { line: `DELETE /api/notifications/${random.int(9)}` },
    { line: 'GET /api/matter' },
    { line: 'DELETE /api/matter' },
    { line: 'GET /api/matter/pairing' },
    { line: `DELETE /api/matter/fabrics/${random.int(3)}` },
    ...hostedSamples(random, serial),
  ]
}

/** A valid request for every endpoint of the hosted service's API. */
function hostedSamples(random: Random, serial: string): Sample[] {
  const at = `/api/v1/thermostat/${serial}`
  return [
    { line: 'GET /api/v1/devices' },
    { line: `GET ${at}/status` },
    { line: `POST ${at}/temperature`, body: { value: 70, mode: 'heat', scale: 'F' } },
    { line: `POST ${at}/temperature/range`, body: { low: 19, high: 24 } },
    { line: `POST ${at}/mode`, body: { mode: random.pick(['heat', 'heat-cool', 'off']) } },
    { line: `POST ${at}/away`, body: { away: random.chance(0.5) } },
    { line: `POST ${at}/fan`, body: { duration: random.int(50_000) } },
    { line: `POST ${at}/lock`, body: { enabled: true, pin: '0000', temp_min: 18, temp_max: 24 } },
    { line: `GET ${at}/schedule` },
    { line: `PUT ${at}/schedule`, body: { schedule: { schedule_mode: 'HEAT', days: {} } } },
    { line: `DELETE ${at}` },
  ]
}
