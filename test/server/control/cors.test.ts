import t from 'tap'
import { resolveConfig } from '../../../src/config.ts'
import { EventReader } from '../../helpers/event-reader.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'

const PANEL = 'http://panel.lan:8123'
const FOREIGN = 'http://evil.example'
const config = { corsOrigins: [PANEL] }

t.test('a request without Origin is not from a web page, and is let through', async (t) => {
  const { ask } = await startHome(t, { config })
  const { status, headers } = await ask('GET', '/api/devices')
  t.equal(status, 200)
  t.equal(headers.get('access-control-allow-origin'), null)
  t.equal(headers.get('vary'), 'Origin', 'caches must tell pages apart all the same')
})

t.test("pages of the server's own and of configured origins may read and change", async (t) => {
  const { ask, server, paired } = await startHome(t, { config })
  await paired()
  const own = server.controlUrl
  const behindTls = own.replace('http:', 'https:')
  for (const Origin of [PANEL, own, behindTls]) {
    const read = await ask('GET', '/api/devices', undefined, { Origin })
    t.equal(read.status, 200, Origin)
    t.equal(read.headers.get('access-control-allow-origin'), Origin)
    t.equal(read.headers.get('vary'), 'Origin')
    const body = { serial: SERIAL, command: 'set_temperature', value: 20 }
    const change = await ask('POST', '/command', body, { Origin })
    t.equal(change.status, 200, Origin)
    t.equal(change.headers.get('access-control-allow-origin'), Origin)
  }
})

t.test('a page may read why it was refused', async (t) => {
  const { ask } = await startHome(t, { config })
  const { status, headers } = await ask('GET', '/status', undefined, { Origin: PANEL })
  t.equal(status, 400)
  t.equal(headers.get('access-control-allow-origin'), PANEL)
  t.equal(headers.get('access-control-expose-headers'), 'Retry-After')
})

t.test('a preflight is answered with what is allowed', async (t) => {
  const { ask } = await startHome(t, { config })
  const { status, headers, json } = await ask('OPTIONS', '/api/device', undefined, {
    Origin: PANEL,
    'Access-Control-Request-Method': 'DELETE',
    'Access-Control-Request-Headers': 'content-type',
  })
  t.equal(status, 204)
  t.equal(json, undefined)
  t.equal(headers.get('access-control-allow-origin'), PANEL)
  t.match(headers.get('access-control-allow-methods'), /\bDELETE\b/)
  t.match(headers.get('access-control-allow-headers'), /\bContent-Type\b/)
  t.equal(headers.get('vary'), 'Origin')
  t.equal(headers.get('access-control-allow-credentials'), null)
})

t.test('any other page can neither read nor change', async (t) => {
  const { ask, paired, server } = await startHome(t, { config })
  await paired()
  const port = new URL(server.controlUrl).port
  for (const Origin of [
    FOREIGN,
    'null',
    'nonsense',
    `${PANEL}.evil.example`,
    'http://panel.lan',
    'https://panel.lan:8123',
    `http://evil.example:${port}`,
  ]) {
    const read = await ask('GET', '/api/devices', undefined, { Origin })
    t.equal(read.status, 403, 'so that it cannot even keep the server busy')
    t.equal(read.headers.get('access-control-allow-origin'), null, Origin)
    const first = await ask('OPTIONS', '/command', undefined, {
      Origin,
      'Access-Control-Request-Method': 'POST',
    })
    t.equal(first.status, 403)
    t.equal(first.headers.get('access-control-allow-origin'), null)
    // A "simple" request, which browsers send without a preflight.
    const body = JSON.stringify({ serial: SERIAL, command: 'set_temperature', value: 30 })
    const change = await ask('POST', '/command', body, { Origin, 'Content-Type': 'text/plain' })
    t.equal(change.status, 403)
    t.match(change.body, { success: false, message: /CORS_ORIGINS/ })
  }
  t.same((await ask('GET', '/api/changes')).body, { changes: [] }, 'nothing came of it')
})

t.test('an event stream carries the CORS headers of its page', async (t) => {
  const { server } = await startHome(t, { config })
  for (const [Origin, allowed] of [
    [PANEL, PANEL],
    [FOREIGN, undefined],
  ] as const) {
    const reader = await EventReader.open(`${server.controlUrl}/api/events`, { Origin })
    t.equal(reader.response.headers['access-control-allow-origin'], allowed)
    t.equal(reader.response.headers.vary, 'Origin')
    reader.close()
  }
})

t.test('OPTIONS that is no preflight is 405', async (t) => {
  const { ask } = await startHome(t, { config })
  const { status, headers } = await ask('OPTIONS', '/command')
  t.equal(status, 405)
  t.equal(headers.get('allow'), 'POST')
})

t.test('only web origins can be configured, and no wildcard', async (t) => {
  const origins = (text: string) => resolveConfig({ corsOrigins: text }, {}).config.corsOrigins
  t.same(origins('http://a.lan:8123/, https://B.lan'), ['http://a.lan:8123', 'https://b.lan'])
  for (const text of ['*', 'null', 'file:///tmp/page.html', 'panel.lan', 'data:text/html,x']) {
    t.throws(() => origins(text), { code: 'invalid', message: /web origin/ }, text)
  }
})
