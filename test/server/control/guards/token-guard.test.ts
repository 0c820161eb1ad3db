import type { Test } from 'tap'
import t from 'tap'
import { ENDPOINTS } from '../../../../src/api/endpoints.ts'
import type { Config } from '../../../../src/config.ts'
import { createToken } from '../../../../src/server/control/guards/tokens.ts'
import type { LogFields, Logger } from '../../../../src/server/core/logger.ts'
import { silentLogger } from '../../../../src/server/core/logger.ts'
import type { TokenScope } from '../../../../src/store/store.ts'
import { type Home, startHome } from '../../../helpers/home.ts'
import { rawRequest } from '../../../helpers/raw-http.ts'

const DAY_MS = 86_400_000

async function tokenOf(home: Home, scope: TokenScope, expiresAtMs: number | null = null) {
  const { store } = home.server.core
  const nowMs = home.clock.now().wallMs
  const { token } = await createToken(store, { name: scope, scope, expiresAtMs, nowMs })
  return token
}

function locked(t: Test, config: Partial<Config> = {}, log?: Logger): Promise<Home> {
  return startHome(t, log === undefined ? { config } : { config, log })
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

t.test('every endpoint but / and /health asks for a token once there is one', async (t) => {
  const home = await locked(t)
  t.equal((await home.ask('GET', '/api/devices')).status, 200)
  const token = await tokenOf(home, 'admin')
  const refused = await home.ask('GET', '/api/devices')
  t.equal(refused.status, 401)
  t.match(refused.headers.get('www-authenticate'), /^Bearer/)
  t.match(refused.body, { success: false, message: /NLE_TOKEN/ })
  t.equal((await home.ask('GET', '/api/events')).status, 401, 'the stream, too')
  t.equal((await home.ask('GET', '/health')).status, 200)
  t.match(await home.ask('GET', '/'), { status: 200, body: { message: /docs\/api\.md/ } })
  t.equal((await home.ask('GET', '/api/devices', undefined, bearer(token))).status, 200)
  t.equal((await home.ask('GET', '/api/devices', undefined, { 'X-API-Key': token })).status, 200)
  const basic = { Authorization: `Basic ${btoa(`x:${token}`)}` }
  t.equal((await home.ask('GET', '/api/devices', undefined, basic)).status, 401)
})

t.test('requireToken asks for a token even while there is none', async (t) => {
  const home = await locked(t, { requireToken: true })
  t.equal((await home.ask('GET', '/api/devices')).status, 401)
})

t.test('a token allows what its scope says', async (t) => {
  const home = await locked(t)
  const tokens = {
    read: await tokenOf(home, 'read'),
    control: await tokenOf(home, 'control'),
    admin: await tokenOf(home, 'admin'),
  }
  const status = async (scope: TokenScope, method: string, path: string) =>
    (await home.ask(method, path, {}, bearer(tokens[scope]))).status
  const get = (scope: TokenScope) =>
    home.ask('GET', '/api/devices', undefined, bearer(tokens[scope]))
  for (const scope of ['read', 'control', 'admin'] as const) t.equal((await get(scope)).status, 200)
  t.equal(await status('read', 'POST', '/command'), 403)
  t.equal(await status('control', 'POST', '/command'), 400, 'let in, and then told what is missing')
  t.equal(await status('control', 'DELETE', '/api/device'), 403)
  t.equal(await status('admin', 'DELETE', '/api/device'), 400)
})

t.test('every endpoint asks for the scope that its entry in the table has', async (t) => {
  const home = await locked(t)
  const read = bearer(await tokenOf(home, 'read'))
  const control = bearer(await tokenOf(home, 'control'))
  for (const { method, path, scope } of Object.values(ENDPOINTS)) {
    const status = async (headers: Readonly<Record<string, string>>) =>
      (await home.ask(method, path.replace(/:\w+/, 'x'), undefined, headers)).status
    const admin = [401, 403, 403]
    const expected = { open: [200], read: [401], control: [401, 403], admin, owner: admin }
    const headers = [{}, read, control].slice(0, expected[scope].length)
    const statuses: number[] = []
    for (const each of headers) statuses.push(await status(each))
    t.same(statuses, expected[scope], `${method} ${path}`)
  }
})

t.test('a token expires', async (t) => {
  const home = await locked(t)
  const token = await tokenOf(home, 'read', home.clock.now().wallMs + DAY_MS)
  const ask = () => home.ask('GET', '/api/devices', undefined, bearer(token))
  t.equal((await ask()).status, 200)
  home.clock.advance(DAY_MS)
  const { status, body } = await ask()
  t.equal(status, 401, 'and that does not open the server to everybody')
  t.match(body, { message: /expired/ })
})

t.test('an address is no credential: programs on this machine need a token, too', async (t) => {
  const home = await locked(t)
  await tokenOf(home, 'read')
  t.equal((await home.ask('GET', '/api/devices')).status, 401)
  t.equal((await home.askHere('GET', '/api/devices')).status, 200, 'its socket is one')
  t.equal((await home.askHere('DELETE', '/api/device')).status, 400, 'to everything')
})

t.test('the owner’s endpoints are closed even while there is no token', async (t) => {
  const home = await locked(t, { loopbackToken: false })
  const owners = Object.values(ENDPOINTS).filter(({ scope }) => scope === 'owner')
  t.not(owners.length, 0)
  for (const { method, path } of owners) {
    const sent = method === 'GET' ? undefined : {}
    const { status, body } = await home.ask(method, path, sent)
    t.equal(status, 401, `${method} ${path}, though programs on this machine need no token`)
    t.match(body, { message: /Type "nle \w+ .*sudo.*nle token create --scope admin/ })
    t.not((await home.askHere(method, path, sent)).status, 401, 'the socket opens them')
  }
  const status = async (scope: TokenScope) => {
    const headers = bearer(await tokenOf(home, scope))
    return (await home.ask('DELETE', '/api/mqtt-config', undefined, headers)).status
  }
  t.same([await status('control'), await status('admin')], [403, 200])
})

t.test('P12: who calls by the socket or with a token is not counted as a guesser', async (t) => {
  const home = await startHome(t)
  const claim = { code: 'A3XR7M2', userId: 'x' }
  for (let i = 0; i < 10; i++) await home.ask('POST', '/api/register', claim)
  t.equal((await home.ask('POST', '/api/register', claim)).status, 429)
  for (let i = 0; i < 11; i++) {
    t.equal((await home.askHere('POST', '/api/register', claim)).status, 200)
  }
  const headers = bearer(await tokenOf(home, 'control'))
  t.equal((await home.ask('POST', '/api/register', claim, headers)).status, 200)
})

t.test(
  'LOOPBACK_TOKEN=no lets programs on this machine in, but none through a proxy',
  async (t) => {
    const home = await locked(t, { loopbackToken: false })
    await tokenOf(home, 'read')
    const ask = (headers: Readonly<Record<string, string>>) =>
      home.ask('GET', '/api/devices', undefined, headers)
    t.equal((await ask({})).status, 200)
    for (const headers of [
      { 'X-Forwarded-For': '192.168.1.9' },
      { Forwarded: 'for=192.168.1.9' },
      { Via: '1.1 proxy' },
      { 'X-Real-IP': '192.168.1.9' },
    ]) {
      t.equal((await ask(headers)).status, 401, JSON.stringify(headers))
    }
    const { controlUrl } = home.server
    const rebound = await rawRequest(controlUrl, 'GET /api/devices', { Host: 'evil.local' })
    t.equal(rebound.status, 401, 'nor does a page by another name')
  },
)

t.test(
  'wrong tokens are rate-limited and logged without the token; the right one always works',
  async (t) => {
    const lines: { event: string; fields: LogFields | undefined }[] = []
    const log = {
      ...silentLogger,
      warn: (event: string, fields?: LogFields) => lines.push({ event, fields }),
    }
    const home = await locked(t, {}, log)
    const token = await tokenOf(home, 'read')
    const guess = async (i: number) =>
      (await home.ask('GET', '/api/devices', undefined, bearer(`nle_wrong${i}`))).status
    for (let i = 0; i < 10; i++) t.equal(await guess(i), 401)
    t.equal(await guess(10), 429)
    t.equal(lines.length, 1, 'the others are counted')
    t.notMatch(JSON.stringify(lines), /nle_wrong/)
    t.equal((await home.ask('GET', '/api/devices', undefined, bearer(token))).status, 200)
    home.clock.advance(60_000)
    t.equal(await guess(11), 401)
  },
)
