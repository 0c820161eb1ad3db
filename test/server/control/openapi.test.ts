import { readFileSync } from 'node:fs'
import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { COMMANDS } from '../../../src/protocol/commands/plan-command.ts'
import { controlRoutes } from '../../../src/server/control/control-routes.ts'
import { createToken } from '../../../src/server/control/guards/tokens.ts'
import type { ControlServices } from '../../../src/server/control/handler.ts'
import { FakeBridges, REPORT } from '../../helpers/fake-bridges.ts'
import { FakeLan } from '../../helpers/fake-lan.ts'
import { type Answer, ON_POSTGRES, SERIAL, startHome } from '../../helpers/home.ts'
import { mismatches, object, resolved } from '../../helpers/json-schema.ts'

const DOC = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as JsonObject

/** Every operation of the document as `GET /path/{name}`. */
const OPERATIONS = new Map(
  Object.entries(object(DOC.paths)).flatMap(([path, methods]) =>
    Object.entries(object(methods)).map(([method, operation]): [string, JsonObject] => [
      `${method.toUpperCase()} ${path}`,
      object(operation),
    ]),
  ),
)

/** Stands in for services: no route is called. */
const nothing: object = new Proxy({}, { get: () => nothing })

/** The routes of the server in the same form. */
function routes(): string[] {
  return controlRoutes(nothing as ControlServices).map(
    ({ method, pattern }) => `${method} ${pattern.replace(/:(\w+)/g, '{$1}')}`,
  )
}

/** The schema and the example of a request or response, by its JSON content. */
function contentOf(part: unknown): { schema: JsonObject; example: unknown } | undefined {
  const json = object(object(resolved(object(part), DOC).content)['application/json'])
  return json.schema === undefined
    ? undefined
    : { schema: object(json.schema), example: json.example }
}

t.test('every route is described, and nothing else', async (t) => {
  t.same([...OPERATIONS.keys()].sort(), routes().sort())
})

t.test('docs/api.md names every operation, and no other', async (t) => {
  const page = readFileSync('docs/api.md', 'utf8')
  const [before = '', hosted = '', after = ''] = page.split(/^(?=## Apps of the|## When it says)/m)
  const named = (text: string) =>
    [...text.matchAll(/(?:^### |`)((?:GET|POST|PUT|DELETE) \/[^\s`?]*)/gm)].map(
      ([, name = '']) => name,
    )
  const all = [
    ...named(before + after),
    ...named(hosted).map((name) => name.replace(' /', ' /api/v1/')),
  ]
  t.same([...new Set(all)].sort(), [...OPERATIONS.keys()].sort())
})

t.test('every operation has a name of its own, a summary and its path parameters', async (t) => {
  const names = [...OPERATIONS.values()].map(({ operationId }) => operationId)
  t.equal(new Set(names).size, names.length)
  for (const [operation, { summary, parameters }] of OPERATIONS) {
    t.match(summary, /^\w.+[^.]$/, operation)
    const described = (Array.isArray(parameters) ? parameters : [])
      .map((each) => resolved(object(each), DOC))
      .filter((each) => each.in === 'path')
      .map(({ name }) => `{${name}}`)
    t.same(described, operation.match(/\{\w+\}/g) ?? [], operation)
  }
})

t.test('every command is described', async (t) => {
  const { CommandName } = object(object(DOC.components).schemas)
  t.same(object(CommandName).enum, Object.keys(COMMANDS))
})

t.test('every example matches its schema', async (t) => {
  for (const [operation, { requestBody, responses }] of OPERATIONS) {
    for (const [what, part] of [['request', requestBody], ...Object.entries(object(responses))]) {
      if (part === undefined || part === null) continue
      const content = contentOf(part)
      if (content === undefined) continue
      const at = `${operation} ${what}`
      t.same(mismatches(content.example, content.schema, at, DOC), [], at)
    }
  }
})

t.test(
  'a degraded server answers /health as its schema says',
  { skip: ON_POSTGRES && 'the trouble is one of SQLite' },
  async (t) => {
    const { ask, server } = await startHome(t)
    server.core.health.notice({ code: 'SQLITE_CORRUPT' })
    const { json, body } = await ask('GET', '/health')
    t.equal(body.status, 'degraded')
    const { schema } = contentOf(object(OPERATIONS.get('GET /health')?.responses)['200']) ?? {}
    t.same(mismatches(json, schema ?? {}, 'GET /health', DOC), [])
  },
)

/** A server on PostgreSQL has no Matter bridge: it may refuse these, in the form that is described. */
const OF_MATTER = /^\/api\/matter\b/

t.test('every answer of the server matches its schema', async (t) => {
  const standIns = new FakeLan(t, '127.0.80')
  await standIns.thermostat(20, 'Hallway', 'http://o')
  await standIns.thermostat(21, 'Den', 'http://o', 'a key')
  const settingsPagePort = standIns.port
  const bridges = new FakeBridges()
  bridges.report = { ...REPORT, fabrics: [{ index: 1, name: 'Apple Home', vendor: 0x1349 }] }
  const launchBridge = async () => bridges.launch
  const home = await startHome(t, { settingsPagePort, launchBridge })
  const { askHere: ask, clock, paired, thermostat, server } = home
  await paired()
  const waiting = await thermostat({ serial: '02AA01AC99999999' })
  const seen = new Set<string>()
  /** Sends a request, and compares it and the answer with the document. */
  const check = async (
    operation: string,
    path: string,
    body?: JsonObject,
    expected = 200,
  ): Promise<Answer> => {
    seen.add(operation)
    const [method = ''] = operation.split(' ')
    const answer = await ask(method, path, body)
    const { requestBody, responses } = OPERATIONS.get(operation) ?? {}
    const mayRefuse = ON_POSTGRES && OF_MATTER.test(path)
    if (!mayRefuse) t.equal(answer.status, expected, `${operation} ${path}`)
    const described = object(responses)[String(answer.status)] ?? object(responses).default
    const { schema } = contentOf(described) ?? { schema: {} }
    t.same(mismatches(answer.json, schema, operation, DOC), [], `${operation} ${expected}`)
    if (body !== undefined && expected === 200) {
      const asked = contentOf(requestBody)?.schema ?? {}
      t.same(mismatches(body, asked, `${operation} request`, DOC), [], `${operation} request`)
    }
    return answer
  }
  const command = (name: string, value: JsonObject[string]) =>
    check('POST /command', '/command', { serial: SERIAL, command: name, value })

  await check('GET /', '/')
  await check('GET /health', '/health')
  await check('GET /health/live', '/health/live')
  await check('GET /health/ready', '/health/ready')
  await check('GET /status', `/status?serial=${SERIAL}`)
  await check('GET /status', '/status', undefined, 400)
  await check('GET /status', '/status?serial=02AA01AC00000000', undefined, 404)
  await check('GET /api/devices', '/api/devices')
  await check('GET /api/devices', '/api/devices?all=1')
  await command('set_temperature', 21.5)
  await command('set_away', false)
  await command('set_schedule', { schedule_mode: 'HEAT', days: { 0: [{ time: 0, temp: 20 }] } })
  await check('POST /command', '/command', { serial: SERIAL, command: 'explode' }, 400)
  await check('POST /notify-device', '/notify-device', { serial: SERIAL })
  await check('GET /api/schedule', `/api/schedule?serial=${SERIAL}`)
  await check('GET /api/history', `/api/history?serial=${SERIAL}`)
  await check('GET /api/history', `/api/history?serial=${SERIAL}&fields=mood`, undefined, 400)
  await check('GET /api/runtime', `/api/runtime?serial=${SERIAL}&by=hour`)
  await check('GET /api/device-settings', `/api/device-settings?serial=${SERIAL}`)
  await check('GET /api/changes', '/api/changes')
  await check('GET /api/changes/{id}', '/api/changes/1')
  await check('GET /api/changes/{id}', '/api/changes/99', undefined, 404)
  await check('GET /api/stats', '/api/stats')
  await check('GET /api/config', '/api/config')
  const subnet = '127.0.80.0/24'
  await check('POST /api/scan-network', '/api/scan-network', { subnet })
  await check('POST /api/scan-network', '/api/scan-network', { subnet: '8.8.8.0/24' }, 400)
  const configure = (host: number, status: number) =>
    check('POST /api/configure-nest', '/api/configure-nest', { ip: standIns.address(host) }, status)
  await configure(20, 200)
  await configure(21, 401)
  await configure(22, 502)
  // No broker listens there, and the answer does not wait for one.
  await check('POST /api/mqtt-config', '/api/mqtt-config', { brokerUrl: '127.0.0.1:1' })
  await check('POST /api/mqtt-config', '/api/mqtt-config', {}, 400)
  await check('GET /api/mqtt-config', '/api/mqtt-config')
  await check('DELETE /api/mqtt-config', '/api/mqtt-config')
  await check('POST /api/notifications', '/api/notifications', { url: 'http://127.0.0.1:1/' })
  await check('POST /api/notifications', '/api/notifications', {}, 400)
  const { body: told } = await check('GET /api/notifications', '/api/notifications')
  const [receiver] = told.receivers as JsonObject[]
  const testing = `/api/notifications/${receiver?.id}/test`
  await check('POST /api/notifications/{id}/test', testing, undefined, 502)
  await check('DELETE /api/notifications/{id}', `/api/notifications/${receiver?.id}`)
  await check('DELETE /api/notifications/{id}', '/api/notifications/nobody', undefined, 404)
  await check('GET /api/matter', '/api/matter')
  await check('POST /api/matter/pairing', '/api/matter/pairing', undefined, 400)
  await check('POST /api/matter', '/api/matter', { on: true })
  await check('POST /api/matter', '/api/matter', {}, 400)
  await check('GET /api/matter', '/api/matter')
  await check('POST /api/matter/pairing', '/api/matter/pairing')
  await check('GET /api/matter/pairing', '/api/matter/pairing')
  const fabric = 'DELETE /api/matter/fabrics/{index}'
  await check(fabric, '/api/matter/fabrics/7', undefined, 404)
  await check(fabric, '/api/matter/fabrics/1')
  await check('DELETE /api/matter', '/api/matter')
  await check('GET /api/pairing', '/api/pairing')
  await check('GET /api/pairing/{serial}', `/api/pairing/${SERIAL}`)
  await check('POST /api/dismiss-pairing/{serial}', `/api/dismiss-pairing/${waiting.serial}`)
  await check('POST /api/pin/{serial}', `/api/pin/${SERIAL}`, { pinned: true })
  await check('POST /api/pin/{serial}', '/api/pin/02AA01AC00000000', { pinned: true }, 404)
  await check('POST /api/repin/{serial}', `/api/repin/${SERIAL}`)
  const user = { userId: 'homeassistant', email: 'homeassistant@local' }
  await check('POST /api/ensure-user', '/api/ensure-user', user)
  const claim = { code: waiting.code ?? '', userId: 'homeassistant' }
  await check('POST /api/register', '/api/register', claim)
  await check('POST /api/register', '/api/register', claim)
  await check('POST /api/register', '/api/register', {}, 400)
  await check('GET /api/registered-devices', '/api/registered-devices')
  const owned = `/api/registered-devices/${waiting.serial}`
  await check('DELETE /api/registered-devices/{serial}', owned)
  await check('DELETE /api/registered-devices/{serial}', owned)
  const hosted = (operation: string, body?: JsonObject, expected = 200) => {
    const [method = '', path = ''] = operation.split(' ')
    const at = `/api/v1/thermostat/{id}${path}`
    return check(`${method} ${at}`, at.replace('{id}', SERIAL), body, expected)
  }
  await check('GET /api/v1/devices', '/api/v1/devices')
  await hosted('GET /status')
  await hosted('POST /temperature', { value: 20.5, mode: 'heat' })
  await hosted('POST /temperature', {}, 400)
  await hosted('POST /mode', { mode: 'heat-cool' })
  await hosted('POST /temperature/range', { low: 19, high: 24 })
  await hosted('POST /away', { away: false })
  await hosted('POST /fan', { mode: 'warm' }, 400)
  await hosted('POST /lock', { enabled: false })
  await hosted('PUT /schedule', { schedule: { schedule_mode: 'HEAT', days: {} } })
  await hosted('GET /schedule')
  await check('GET /api/session', '/api/session')
  const { store } = server.core
  const { token } = await createToken(store, {
    name: 'page',
    scope: 'read',
    expiresAtMs: null,
    nowMs: clock.now().wallMs,
  })
  await check('POST /api/session', '/api/session', { token })
  await check('POST /api/session', '/api/session', {}, 400)
  await check('DELETE /api/session', '/api/session')
  await check('GET /api/log', '/api/log?limit=5')
  clock.advance(31 * 60_000)
  await check('GET /api/changes', `/api/changes?serial=${SERIAL}`)
  await check('DELETE /api/bucket', '/api/bucket', {
    serial: SERIAL,
    object_key: `shared.${SERIAL}`,
  })
  await check('GET /api/buckets', '/api/buckets')
  await check('GET /api/buckets', `/api/buckets?serial=${SERIAL}`)
  await check('GET /api/buckets', '/api/buckets?serial=02AA01AC00000000', undefined, 404)
  const bucket = `/api/bucket?serial=${SERIAL}&object_key`
  await check('GET /api/bucket', `${bucket}=device`)
  await check('GET /api/bucket', `${bucket}=none`, undefined, 404)
  await check('DELETE /api/unpaired-devices', '/api/unpaired-devices?all=1')
  await check('DELETE /api/device', '/api/device', { serial: SERIAL })
  await check('DELETE /api/v1/thermostat/{id}', `/api/v1/thermostat/${SERIAL}`, undefined, 404)
  const wanted = { name: 'a', scope: 'read', expires_at: '2099-01-01T00:00:00Z' }
  await check('POST /api/tokens', '/api/tokens', wanted)
  await check('POST /api/tokens', '/api/tokens', { ...wanted, expires_at: 'soon' }, 400)
  await check('GET /api/tokens', '/api/tokens')
  await check('DELETE /api/tokens/{name}', '/api/tokens/a')
  await check('DELETE /api/tokens/{name}', '/api/tokens/a', undefined, 404)
  await check('GET /api/doctor', '/api/doctor')
  await check('GET /api/settings', '/api/settings')
  // The tests of their own check what is no JSON.
  for (const each of ['GET /api/events', 'GET /api/backup', 'GET /metrics']) seen.add(each)
  t.same([...seen].sort(), [...OPERATIONS.keys()].sort(), 'every operation was asked')
})
