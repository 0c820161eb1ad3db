import { hostname } from 'node:os'
import t from 'tap'
import { resolveConfig } from '../../../../src/config.ts'
import { STRICT_HEADERS } from '../../../../src/server/http/strict-headers.ts'
import { SERIAL, startHome } from '../../../helpers/home.ts'
import { rawExchange, rawRequest } from '../../../helpers/raw-http.ts'

const COMMAND = JSON.stringify({ serial: SERIAL, command: 'set_temperature', value: 20 })

t.test('a request under a name that does not belong to this server is refused', async (t) => {
  const { server, ask } = await startHome(t)
  for (const line of ['GET /api/devices', 'POST /command', 'GET /health', 'OPTIONS /command']) {
    const answer = await rawRequest(server.controlUrl, line, { Host: 'evil.example:8082' })
    t.equal(answer.status, 403, line)
    t.match(answer.body, /ALLOWED_HOSTS/)
  }
  t.equal((await ask('GET', '/health')).status, 200)
  const own = await rawRequest(server.controlUrl, 'GET /health', { Host: `${hostname()}:8082` })
  t.equal(own.status, 200, 'under its own name it answers')
})

t.test('a request of another site is refused, unless a person followed a link', async (t) => {
  const { server } = await startHome(t)
  const from = (line: string, headers: Readonly<Record<string, string>>) =>
    rawRequest(server.controlUrl, line, headers)
  for (const site of ['cross-site', 'same-site']) {
    const read = await from('GET /api/devices', {
      'Sec-Fetch-Site': site,
      'Sec-Fetch-Mode': 'no-cors',
    })
    t.equal(read.status, 403, site)
    const link = {
      'Sec-Fetch-Site': site,
      'Sec-Fetch-Mode': 'navigate',
      'Sec-Fetch-Dest': 'document',
    }
    t.equal((await from('GET /api/devices', link)).status, 200, `a link from ${site}`)
    t.equal((await from('POST /command', link)).status, 403, `a form of ${site}`)
    const frame = await from('GET /api/devices', { ...link, 'Sec-Fetch-Dest': 'iframe' })
    t.equal(frame.status, 403, `a frame of ${site}`)
  }
  t.equal((await from('GET /api/devices', { 'Sec-Fetch-Site': 'none' })).status, 200)
})

t.test('a browser has to declare a body as JSON; a plain client need not', async (t) => {
  const { server, paired } = await startHome(t)
  await paired()
  const post = (headers: Readonly<Record<string, string>>) =>
    rawRequest(server.controlUrl, 'POST /command', headers, COMMAND)
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const browsers = [
    { Origin: server.controlUrl },
    { 'Sec-Fetch-Site': 'same-origin' },
    { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:60.0) Gecko/20100101 Firefox/60.0' },
  ]
  for (const browser of browsers) {
    for (const type of [
      'text/plain',
      'multipart/form-data; boundary=x',
      form['Content-Type'],
      '',
    ]) {
      const { status, body } = await post({ ...browser, 'Content-Type': type })
      t.equal(status, 415, `${Object.keys(browser)} ${type}`)
      t.match(body, /application\/json/)
    }
    t.equal((await post({ ...browser })).status, 415, 'nor without a type')
    t.equal(
      (await post({ ...browser, 'Content-Type': 'application/json; charset=utf-8' })).status,
      200,
    )
  }
  t.equal((await post({ ...form, 'User-Agent': 'curl/8.5.0' })).status, 200, 'curl -d')
  t.equal((await post({ 'Content-Type': 'text/plain;charset=UTF-8' })).status, 200, 'fetch of Node')
  t.equal((await post({})).status, 200, 'python')
})

t.test('every answer has the strict headers', async (t) => {
  const { server } = await startHome(t)
  const names = Object.keys(STRICT_HEADERS).map((name) => name.toLowerCase())
  for (const url of [server.controlUrl, server.deviceUrl]) {
    for (const line of [
      'GET /health',
      'GET /nowhere',
      'POST /health',
      'GET /info',
      'GET /%E0%A4%A',
    ]) {
      const { status, headers } = await rawRequest(url, line)
      t.strictSame(
        names.filter((name) => headers[name] === undefined),
        [],
        `${line} ${status}`,
      )
    }
    const [broken] = await rawExchange(url, 'nonsense\r\n\r\n')
    t.equal(broken?.status, 400)
    t.strictSame(
      names.filter((name) => broken?.headers[name] === undefined),
      [],
      'no HTTP',
    )
  }
})

t.test('allowed hosts are configured with or without scheme and port', async (t) => {
  const hosts = (text: string) => resolveConfig({ allowedHosts: text }, {}).config.allowedHosts
  t.same(hosts('nle.example.org, https://Panel.example:8443/x'), [
    'nle.example.org',
    'panel.example',
  ])
  for (const text of ['*', 'a b', 'http://']) t.throws(() => hosts(text), { code: 'invalid' }, text)
})
