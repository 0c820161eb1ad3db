import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import type { Config } from '../../../../src/config.ts'
import { createToken } from '../../../../src/server/control/guards/tokens.ts'
import type { TokenScope } from '../../../../src/store/store.ts'
import { type Answer, type Home, LOOKS_INTO_FILE, startHome } from '../../../helpers/home.ts'

const DAY_MS = 86_400_000

/** A browser at the page of a server: it sends the page's origin with what changes something, and its cookie. */
class Browser {
  readonly #home: Home
  readonly #headers: Readonly<Record<string, string>>
  cookie = ''
  /** The last `Set-Cookie`. */
  setCookie = ''

  constructor(home: Home, headers: Readonly<Record<string, string>> = {}) {
    this.#home = home
    this.#headers = headers
  }

  async ask(method: string, path: string, body?: object, headers = {}): Promise<Answer> {
    const answer = await this.#home.ask(method, path, body, {
      ...(method === 'GET' ? {} : { Origin: this.#home.server.controlUrl }),
      ...(this.cookie === '' ? {} : { Cookie: this.cookie }),
      ...this.#headers,
      ...headers,
    })
    this.setCookie = answer.headers.get('set-cookie') ?? ''
    if (this.setCookie !== '') this.cookie = this.setCookie.split(';')[0] ?? ''
    return answer
  }

  logIn(token: string): Promise<Answer> {
    return this.ask('POST', '/api/session', { token })
  }

  async may(): Promise<unknown> {
    return (await this.ask('GET', '/api/session')).body
  }

  async status(method: string, path: string, body?: object, headers = {}): Promise<number> {
    return (await this.ask(method, path, body, headers)).status
  }
}

async function tokenOf(home: Home, scope: TokenScope, expiresAtMs: number | null = null) {
  const { store } = home.server.core
  const nowMs = home.clock.now().wallMs
  return createToken(store, { name: scope, scope, expiresAtMs, nowMs })
}

/** A server with a token of this scope, and a browser that has shown it. */
async function loggedIn(t: Test, scope: TokenScope, config: Partial<Config> = {}) {
  const home = await startHome(t, { config })
  const { token, record } = await tokenOf(home, scope)
  const browser = new Browser(home)
  t.match(await browser.logIn(token), { status: 200, body: { success: true, scope } })
  return { home, browser, token, record }
}

t.test(
  'a token is exchanged for a random id that scripts cannot read',
  { skip: LOOKS_INTO_FILE },
  async (t) => {
    const { home, browser, token } = await loggedIn(t, 'control')
    const port = new URL(home.server.controlUrl).port
    const { setCookie } = browser
    t.match(setCookie, new RegExp(`^nle_session_${port}=[\\w-]{43}; Path=/; Max-Age=15552000; `))
    t.match(setCookie, '; HttpOnly; SameSite=Strict')
    t.notMatch(setCookie, 'Secure', 'which browsers refuse on plain HTTP')
    t.notMatch(setCookie, token)
    const id = browser.cookie.split('=')[1] ?? ''
    await home.stop()
    t.notOk(readFileSync(home.databasePath).includes(id), 'on file there is its hash')
  },
)

t.test('a session may what its token may', async (t) => {
  const { home, browser } = await loggedIn(t, 'read')
  const admin = new Browser(home)
  await admin.logIn((await tokenOf(home, 'admin')).token)
  const stranger = new Browser(home)
  t.same(await stranger.may(), { needed: true, scope: 'none', owner: false, by: 'nobody' })
  t.same(await browser.may(), { needed: true, scope: 'read', owner: false, by: 'session' })
  t.same(await admin.may(), { needed: true, scope: 'admin', owner: true, by: 'session' })
  t.equal(await stranger.status('GET', '/api/devices'), 401)
  t.equal(await browser.status('GET', '/api/devices'), 200)
  t.equal(await browser.status('POST', '/command', {}), 403)
  t.equal(await admin.status('POST', '/command', {}), 400, 'let in, and told what is missing')
  t.equal(await browser.status('GET', '/api/log'), 403)
  t.equal(await admin.status('GET', '/api/log'), 200)
})

t.test('GET /api/session says what every kind of caller may', async (t) => {
  const home = await startHome(t)
  const rights = async (headers = {}) =>
    (await home.ask('GET', '/api/session', undefined, headers)).body
  t.same(await rights(), { needed: false, scope: 'admin', owner: false, by: 'nobody' })
  const { token } = await tokenOf(home, 'admin')
  const bearer = { Authorization: `Bearer ${token}` }
  t.same(await rights(bearer), { needed: true, scope: 'admin', owner: true, by: 'token' })
  t.same((await home.askHere('GET', '/api/session')).body, {
    needed: false,
    scope: 'admin',
    owner: true,
    by: 'socket',
  })
  const wrong = { Authorization: 'Bearer nle_wrong' }
  t.equal((await home.ask('GET', '/api/session', undefined, wrong)).status, 401)
})

t.test('what changes something needs exactly the origin of the page', async (t) => {
  const other = 'http://127.0.0.1:8123'
  const { home, browser } = await loggedIn(t, 'control', { corsOrigins: [other] })
  const url = home.server.controlUrl
  const post = (headers: object) => browser.status('POST', '/command', {}, headers)
  t.equal(await post({}), 400)
  t.equal(await post({ Origin: other }), 403, 'another port, though its pages may use the API')
  t.equal(await post({ Origin: 'null' }), 403)
  const https = await browser.ask('POST', '/command', {}, { Origin: url.replace('http', 'https') })
  t.match(https, { status: 403, body: { message: /X-Forwarded-Proto/ } })
  const bare = await home.ask('POST', '/command', {}, { Cookie: browser.cookie })
  t.match(bare, { status: 403, body: { message: /web page of this server/ } })
  t.equal(await browser.status('DELETE', '/api/session', undefined, { Origin: other }), 403)
  t.match(await browser.may(), { by: 'session' }, 'it has not ended')
})

t.test('behind a proxy that speaks TLS the cookie is for TLS alone', async (t) => {
  const home = await startHome(t)
  const { token } = await tokenOf(home, 'control')
  const origin = home.server.controlUrl.replace('http', 'https')
  const proxied = new Browser(home, { 'X-Forwarded-Proto': 'https', Origin: origin })
  t.equal((await proxied.logIn(token)).status, 200)
  t.match(proxied.setCookie, /; Secure$/)
  t.equal(await proxied.status('POST', '/command', {}), 400)
})

t.test('a session ends with its token, at once', async (t) => {
  const { home, browser, record } = await loggedIn(t, 'read')
  await tokenOf(home, 'admin')
  await home.server.core.store.deleteToken(record.id)
  t.equal(await browser.status('GET', '/api/devices'), 401)
  t.same(await browser.may(), { needed: true, scope: 'none', owner: false, by: 'nobody' })
})

t.test('a session ends when its token expires', async (t) => {
  const home = await startHome(t)
  const { token } = await tokenOf(home, 'read', home.clock.now().wallMs + DAY_MS)
  const browser = new Browser(home)
  await browser.logIn(token)
  t.equal(await browser.status('GET', '/api/devices'), 200)
  home.clock.wallOffsetMs = DAY_MS
  t.equal(await browser.status('GET', '/api/devices'), 401)
})

t.test('a session lasts for 180 days after the page was last opened', async (t) => {
  const { home, browser } = await loggedIn(t, 'read')
  await browser.may()
  t.equal(browser.setCookie, '', 'the same day nothing is written')
  home.clock.wallOffsetMs = 179 * DAY_MS
  await browser.may()
  t.match(browser.setCookie, /=[\w-]{43}; .*Max-Age=15552000/, 'the browser keeps it longer, too')
  home.clock.wallOffsetMs = (179 + 179) * DAY_MS
  t.equal(await browser.status('GET', '/api/devices'), 200)
  home.clock.wallOffsetMs = (179 + 180) * DAY_MS
  t.equal(await browser.status('GET', '/api/devices'), 401)
})

t.test('a session ends when its browser says so', async (t) => {
  const { browser } = await loggedIn(t, 'read')
  const { cookie } = browser
  t.match(await browser.ask('DELETE', '/api/session'), { status: 200, body: { success: true } })
  t.match(browser.setCookie, /=; .*Max-Age=0/)
  browser.cookie = cookie
  t.equal(await browser.status('GET', '/api/devices'), 401, 'its id is good for nothing')
  t.equal(await browser.status('DELETE', '/api/session'), 200, 'nor is there anything left to end')
})

t.test('a second login ends the first session of that browser', async (t) => {
  const { browser, token } = await loggedIn(t, 'read')
  const { cookie } = browser
  await browser.logIn(token)
  t.not(browser.cookie, cookie)
  browser.cookie = cookie
  t.equal(await browser.status('GET', '/api/devices'), 401)
})

t.test('a token has 20 sessions: the one that ends first makes room', async (t) => {
  const { home, browser, token } = await loggedIn(t, 'read')
  const others = Array.from({ length: 20 }, () => new Browser(home))
  home.clock.advance(1_000)
  for (const other of others) await other.logIn(token)
  t.equal(await browser.status('GET', '/api/devices'), 401)
  for (const other of others) t.equal(await other.status('GET', '/api/devices'), 200)
})

t.test('wrong tokens count as guesses, wherever they are shown', async (t) => {
  const { home, token } = await loggedIn(t, 'read')
  const browser = new Browser(home)
  for (let i = 0; i < 5; i++) t.equal((await browser.logIn('nle_wrong')).status, 401)
  const wrong = { Authorization: 'Bearer nle_wrong' }
  for (let i = 0; i < 5; i++)
    t.equal(await browser.status('GET', '/api/devices', undefined, wrong), 401)
  t.equal((await browser.logIn('nle_wrong')).status, 429)
  t.equal(browser.setCookie, '')
  t.equal((await browser.logIn(token)).status, 200, 'the right one goes through')
})

t.test('a cookie that means nothing is no guess and closes no door', async (t) => {
  const home = await startHome(t)
  const stale = new Browser(home)
  const { port } = new URL(home.server.controlUrl)
  stale.cookie = `nle_session_${port}=${'a'.repeat(43)}`
  for (let i = 0; i < 12; i++) t.equal(await stale.status('GET', '/api/devices'), 200)
  t.equal(await stale.status('POST', '/command', {}), 400)
  await tokenOf(home, 'read')
  for (let i = 0; i < 12; i++) t.equal(await stale.status('GET', '/api/devices'), 401)
})

t.test('a cookie that another program of this machine put before ours hides nothing', async (t) => {
  const { browser } = await loggedIn(t, 'read')
  const [name] = browser.cookie.split('=')
  const tossed = { Cookie: `${name}=${'b'.repeat(43)}; x=1; ${browser.cookie}` }
  t.equal(await browser.status('GET', '/api/devices', undefined, tossed), 200)
})

t.test('a body without a token is refused', async (t) => {
  const home = await startHome(t)
  for (const body of [{}, { token: 7 }, { token: '' }, []]) {
    t.match(await home.ask('POST', '/api/session', body), { status: 400, body: { success: false } })
  }
})
