import type { Test } from 'tap'
import t from 'tap'
import type { Config } from '../../../../src/config.ts'
import { scopeOf } from '../../../../src/server/control/guards/token-guard.ts'
import { createToken } from '../../../../src/server/control/guards/tokens.ts'
import type { LogFields, Logger } from '../../../../src/server/core/logger.ts'
import { silentLogger } from '../../../../src/server/core/logger.ts'
import type { TokenScope } from '../../../../src/store/sqlite/tables/tokens-table.ts'
import { type Home, startHome } from '../../../helpers/home.ts'
import { rawRequest } from '../../../helpers/raw-http.ts'

const DAY_MS = 86_400_000

async function tokenOf(home: Home, scope: TokenScope, expiresAtMs: number | null = null) {
  const { store } = home.server.core
  const nowMs = home.clock.now().wallMs
  return store.commit(() => createToken(store, { name: scope, scope, expiresAtMs, nowMs }).token)
}

function locked(t: Test, config: Partial<Config> = {}, log?: Logger): Promise<Home> {
  const options = { config: { loopbackToken: true, ...config } }
  return startHome(t, log === undefined ? options : { ...options, log })
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

t.test(
  'without a token everybody may; once there is one all but /health and / asks for it',
  async (t) => {
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
  },
)

t.test('it can be asked for before there is one', async (t) => {
  const home = await locked(t, { requireToken: true })
  t.equal((await home.ask('GET', '/api/devices')).status, 401)
})

t.test('a token may what its scope says', async (t) => {
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
  t.equal(
    scopeOf({ method: 'POST', pattern: '/api/something-new' }),
    'admin',
    'until it is decided',
  )
})

t.test('a token ends when it was said to', async (t) => {
  const home = await locked(t)
  const token = await tokenOf(home, 'read', home.clock.now().wallMs + DAY_MS)
  const ask = () => home.ask('GET', '/api/devices', undefined, bearer(token))
  t.equal((await ask()).status, 200)
  home.clock.advance(DAY_MS)
  const { status, body } = await ask()
  t.equal(status, 401, 'and that does not open the server to everybody')
  t.match(body, { message: /expired/ })
})

t.test('programs on this machine need none, but what a proxy passes on does', async (t) => {
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
})

t.test(
  'wrong tokens are limited and logged, without themselves; the right one always works',
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
    t.equal(lines.length, 10)
    t.notMatch(JSON.stringify(lines), /nle_wrong/)
    t.equal((await home.ask('GET', '/api/devices', undefined, bearer(token))).status, 200)
    home.clock.advance(60_000)
    t.equal(await guess(11), 401)
  },
)
