import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import t from 'tap'
import { STRICT_HEADERS } from '../../../../src/server/http/strict-headers.ts'
import { startHome } from '../../../helpers/home.ts'
import { rawRequest } from '../../../helpers/raw-http.ts'

const BROWSER = {
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
}

// One server for all: each would put the page together anew.
const home = await startHome(t)
const get = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
  rawRequest(home.server.controlUrl, `${method} ${path}`, { ...BROWSER, ...headers })
const unpacked = (body: string) => Buffer.from(body, 'latin1')

/** The first file of the page whose name begins so. */
async function fileOf(name: string): Promise<string> {
  const { body } = await get('/')
  return new RegExp(`web/${name}-[^"]+`).exec(body)?.[0] ?? ''
}

t.test('GET / is the page for browsers, and JSON for programs', async (t) => {
  const page = await get('/')
  t.match(page, { status: 200, body: /^<!doctype html>.*web\/main-\w+\.js/s })
  t.equal(page.headers['content-type'], 'text/html; charset=utf-8')
  t.match(page.headers.vary, /Accept\b/)
  const head = await get('/', {}, 'HEAD')
  t.same([head.status, head.body], [200, ''])
  t.equal(head.headers['content-length'], page.headers['content-length'])
  for (const accept of ['*/*', 'application/json']) {
    const answer = await get('/', { Accept: accept })
    t.equal(JSON.parse(answer.body).server, 'nle', accept)
  }
})

t.test('the page may load what this server has, and nothing within itself', async (t) => {
  const { headers, body } = await get('/')
  const policy = headers['content-security-policy'] ?? ''
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ]) {
    t.ok(policy.split('; ').includes(rule), rule)
  }
  t.notMatch(policy, 'unsafe')
  t.notMatch(body, /<style|<script>|style=|\son\w+=/)
  t.match(headers, { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
  const script = await get(`/${await fileOf('main')}`)
  for (const [name, value] of Object.entries(STRICT_HEADERS)) {
    t.equal(script.headers[name.toLowerCase()], value, name)
  }
})

t.test('every address in the page is relative: it may be below a path prefix', async (t) => {
  const { body } = await get('/')
  for (const [, address = ''] of body.matchAll(/(?:href|src)="([^"]+)"/g)) {
    t.notMatch(address, /^\/|:\/\//, address)
    t.equal((await get(`/${address}`)).status, 200, address)
  }
  const manifest = JSON.parse((await get(`/${await fileOf('manifest')}`)).body)
  t.match(manifest, { start_url: '..', scope: '..', display: 'standalone' })
  for (const { src, type } of manifest.icons) {
    const icon = await get(`/web/${src}`)
    t.same([icon.status, icon.headers['content-type']], [200, type], src)
  }
})

t.test('the page is asked for anew, and not sent again while it is the same', async (t) => {
  const { headers } = await get('/')
  t.equal(headers['cache-control'], 'no-cache')
  const again = await get('/', { 'If-None-Match': headers.etag ?? '' })
  t.match(again, { status: 304, body: '' })
  t.equal(again.headers.etag, headers.etag)
  t.equal((await get('/', { 'If-None-Match': '"another"' })).status, 200)
})

t.test('its files are kept for ever, because their names have their hash', async (t) => {
  const { status, headers } = await get(`/${await fileOf('main')}`)
  t.equal(status, 200)
  t.match(headers['cache-control'], /max-age=31536000, immutable/)
  const gone = await get('/web/main-00000000.js')
  t.match(gone, { status: 404, body: /load the page again/ })
  t.equal(gone.headers['cache-control'], 'no-store')
  for (const path of ['/web/index.html', '/web/', '/web/../package.json', '/web/%2e%2e%2fx.js']) {
    t.equal((await get(path)).status, 404, path)
  }
})

t.test('what a browser can unpack is sent compressed', async (t) => {
  const path = `/${await fileOf('main')}`
  const plain = await get(path)
  const br = await get(path, { 'Accept-Encoding': 'gzip, deflate, br' })
  const gzip = await get(path, { 'Accept-Encoding': 'gzip, deflate' })
  t.equal(plain.headers['content-encoding'], undefined)
  t.equal(br.headers['content-encoding'], 'br')
  t.equal(gzip.headers['content-encoding'], 'gzip')
  t.match(br.headers.vary, /Accept-Encoding/)
  const bytes = unpacked(plain.body)
  t.ok(brotliDecompressSync(unpacked(br.body)).equals(bytes))
  t.ok(gunzipSync(unpacked(gzip.body)).equals(bytes))
})

t.test('the page opens under every name and address of this server, and no other', async (t) => {
  const { port } = new URL(home.server.controlUrl)
  for (const host of ['192.168.1.5', '[fd00::5]', 'nle.local', 'pi', 'nas.lan']) {
    const at = { Host: `${host}:${port}` }
    t.equal((await get('/', at)).status, 200, host)
    const own = { ...at, Origin: `http://${host}:${port}` }
    t.equal((await get('/api/devices', own)).status, 200, `and may ask ${host}`)
  }
  t.equal((await get('/', { Host: 'evil.example' })).status, 403)
})

t.test('other sites may link to the page, and neither frame nor read it', async (t) => {
  const foreign = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }
  t.equal((await get('/', { ...foreign, 'Sec-Fetch-Dest': 'document' })).status, 200)
  t.equal((await get('/', { ...foreign, 'Sec-Fetch-Dest': 'iframe' })).status, 403)
  t.equal((await get('/', { Origin: 'http://evil.example' })).status, 403)
  t.equal((await get('/')).headers['x-frame-options'], 'DENY')
})

t.test('it opens where a token is needed: it has to ask for it', async (t) => {
  const locked = await startHome(t, { config: { requireToken: true } })
  const { status } = await rawRequest(locked.server.controlUrl, 'GET /', BROWSER)
  t.equal(status, 200)
})
