import { readFileSync } from 'node:fs'
import pg from 'pg'
import t, { type Test } from 'tap'
import { Agent, fetch } from 'undici'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { deviceRoutes } from '../../../src/server/device/device-routes.ts'
import type { DeviceServices } from '../../../src/server/device/device-services.ts'
import { MAX_SOCKET_CONNECTIONS } from '../../../src/server/http/local-socket.ts'
import { Device } from '../../helpers/device.ts'
import { type Home, SERIAL, startHome } from '../../helpers/home.ts'
import { object, resolved } from '../../helpers/json-schema.ts'
import { NO_POSTGRES, startPostgres } from '../../helpers/postgres.ts'
import type { Wire } from '../../helpers/wire.ts'

const AWAY = /^The database .*takes no writes/
const SHARED = `shared.${SERIAL}`
const COMMAND = { serial: SERIAL, command: 'set_temperature', value: 21 }
/** Fewer connections than the socket of commands takes at once, half of its places. */
const AT_ONCE = MAX_SOCKET_CONNECTIONS / 2 - 2

/** What is answered without the database. */
const NEEDS_NONE = [
  /^GET \/$/,
  /^GET \/health(\/live)?$/,
  /^(GET|DELETE) \/api\/session$/,
  /^GET \/api\/(config|settings|log|doctor|mqtt-config|notifications|backup)$/,
  /^POST \/api\/notifications\/\{id\}\/test$/,
  // There is no Matter bridge with PostgreSQL.
  /^(GET|POST) \/api\/matter/,
  /^DELETE \/api\/matter\/fabrics/,
]
/** What is asked of other machines, and a stream without an end. */
const NOT_ASKED = ['POST /api/scan-network', 'POST /api/configure-nest', 'GET /api/events']

interface Operation {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly body: unknown
}

const DOC = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as JsonObject

/** Every operation of the control API, as its example asks for it. */
function operations(): Operation[] {
  return Object.entries(object(DOC.paths)).flatMap(([path, methods]) =>
    Object.entries(object(methods)).flatMap(([verb, described]) => {
      const method = verb.toUpperCase()
      const name = `${method} ${path}`
      const { parameters, requestBody } = object(described)
      const query = (Array.isArray(parameters) ? parameters : [])
        .map((each) => resolved(object(each), DOC))
        .filter((each) => each.in === 'query' && each.required === true)
        .map((each) => `${each.name}=${each.name === 'serial' ? SERIAL : 'device'}`)
      const { example } = object(
        object(object(resolved(object(requestBody), DOC)).content)['application/json'],
      )
      const filled = path
        .replace(/\{(serial|id)\}/, path.startsWith('/api/changes') ? '1' : SERIAL)
        .replace(/\{\w+\}/, '1')
      const url = query.length === 0 ? filled : `${filled}?${query.join('&')}`
      return NOT_ASKED.includes(name) ? [] : [{ name, method, path: url, body: example }]
    }),
  )
}

interface Answered extends Operation {
  readonly status: number
  readonly retryAfter: string | null
  readonly message: unknown
}

/** Asks as the owner does, some at once, each on a connection of its own. */
async function askAll({ server }: Home): Promise<Answered[]> {
  const connect = { socketPath: server.socketPath ?? '' }
  // Without keep-alive: a connection that the server closes as it is used again is no fault of either.
  const dispatcher = new Agent({ connect, pipelining: 0 })
  const ask = async (operation: Operation): Promise<Answered> => {
    const { method, path, body } = operation
    const content = { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }
    const answer = await fetch(server.controlUrl + path, {
      method,
      dispatcher,
      ...(body === undefined ? {} : content),
    })
    const text = await answer.text()
    const { message } = object(text.startsWith('{') ? JSON.parse(text) : {})
    return {
      ...operation,
      status: answer.status,
      retryAfter: answer.headers.get('retry-after'),
      message,
    }
  }
  const asked: Answered[] = []
  const all = operations()
  for (let at = 0; at < all.length; at += AT_ONCE) {
    asked.push(...(await Promise.all(all.slice(at, at + AT_ONCE).map(ask))))
  }
  await dispatcher.close()
  return asked
}

/** Stands in for services: no route is called. */
const nothing: object = new Proxy({}, { get: () => nothing })

/** A request to every route of the device listener. */
function deviceRequests(device: Device): { name: string; serves: string; wire: Wire }[] {
  return deviceRoutes(nothing as DeviceServices).map(({ method, pattern, serves }) => {
    const path = pattern.replace(':serial', SERIAL).replace(/:\w+/g, '1')
    const name = `${method} ${pattern}`
    return {
      name,
      serves,
      wire: method === 'GET' ? device.get(path) : device.post(path, bodyFor(path)),
    }
  })
}

function bodyFor(path: string): object {
  if (path.endsWith('/v3/put')) return { shared: { [SERIAL]: { name: 'x' } } }
  if (path.endsWith('/v3/subscribe')) return { keys: [] }
  if (path.endsWith('/put')) return { session: 's', [SHARED]: { object_key: SHARED, name: 'x' } }
  return { session: 's', chunked: true, objects: [] }
}

t.test('a server without its PostgreSQL', { skip: NO_POSTGRES }, async (t) => {
  const postgres = await startPostgres(t)
  const databaseUrl = await postgres.database()
  const home = await startHome(t, { config: { databaseUrl } })
  const device = new Device(t, home)
  const code = await device.code()
  t.match(await home.ask('POST', '/api/register', { code, userId: 'anna' }), { status: 200 })
  await device.put({ [SHARED]: { object_key: SHARED, target_temperature: 19 } })
  const held = await device.hold(await listed(home))

  await t.test('refuses what needs it, in words and with a time to ask again', async (t) => {
    await postgres.stop('immediate')
    const [control, wires] = await Promise.all([askAll(home), deviceRequests(device)])
    for (const { name, status, retryAfter, message } of control) {
      if (NEEDS_NONE.some((each) => each.test(name))) t.ok(status < 500, name)
      else refused(t, name, status, retryAfter, message)
    }
    for (const { name, serves, wire } of wires) {
      const { status, headers } = await wire.head()
      if (serves === 'everybody') t.equal(status, 200, `${name} (E1)`)
      else {
        const { error } = (await wire.json()) as { error?: unknown }
        // Firmware and installers know this one.
        const said = serves === 'code' && error === 'Entry key service unavailable'
        refused(t, name, status, headers['retry-after'], said ? undefined : error)
      }
    }
    const unknown = { Authorization: `Bearer nle_${'a'.repeat(40)}` }
    const { status } = await home.ask('GET', '/api/devices', undefined, unknown)
    t.equal(status, 503, 'a token is not called wrong that cannot be looked up')
    t.match(await home.ask('GET', '/health'), { body: { status: 'degraded', trouble: 'away' } })
    t.match(await home.ask('GET', '/health/ready'), { status: 503 })
  })

  await t.test('goes on when it is back; who held a connection, still does', async (t) => {
    await postgres.start()
    while ((await home.ask('GET', '/health')).body.status !== 'ok') home.clock.advance(1_000)
    t.match(await home.ask('GET', '/health/ready'), { status: 200 })
    t.match(await home.askHere('POST', '/command', COMMAND), { status: 200 })
    t.match(await held.document(), { objects: [{ value: { target_temperature: 21 } }] })
    for (const { name, status } of await askAll(home)) t.ok(status < 500, name)
    for (const { name, wire } of deviceRequests(device)) {
      // A poll is held without a byte (V6), and the weather comes from elsewhere.
      if (/v3\/subscribe|weather/.test(name)) continue
      t.ok((await wire.head()).status < 500, name)
    }
  })

  const limit = { timeout: 25_000 }
  await t.test('does not wait for ever for one that does not answer', limit, async (t) => {
    const locking = new pg.Client({ connectionString: databaseUrl })
    await locking.connect()
    t.teardown(() => locking.end())
    await locking.query('BEGIN; LOCK TABLE thermostats, tokens')
    const wires = ['/nest/passphrase', '/nest/transport', '/nest/weather'].map((path) =>
      device.get(path),
    )
    const [shown, command, ...heads] = await Promise.all([
      home.askHere('GET', `/status?serial=${SERIAL}`),
      home.askHere('POST', '/command', COMMAND),
      ...wires.map((wire) => wire.head()),
    ])
    for (const each of [shown, command, ...heads]) t.equal(each.status, 503)
  })

  await t.test('stops all the same', limit, async (t) => {
    const wire = await device.hold()
    await postgres.stop('immediate')
    device.get('/nest/passphrase')
    await home.stop()
    t.equal(await wire.ended(), true, 'S9')
  })
})

function refused(t: Test, name: string, status: number, retryAfter: unknown, text: unknown): void {
  t.equal(status, 503, name)
  t.match(retryAfter, /^\d+$/, `${name}: Retry-After`)
  if (text !== undefined) t.match(text, AWAY, `${name}: its words`)
}

async function listed({ server }: Home) {
  const { buckets } = await server.core.store.load(SERIAL)
  return [...buckets.values()].map(({ objectKey, revision, timestamp }) => ({
    key: objectKey,
    revision,
    timestamp,
  }))
}
