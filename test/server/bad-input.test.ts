import { readFileSync } from 'node:fs'
import t from 'tap'
import { SERIAL, startHome } from '../helpers/home.ts'
import { type RawAnswer, rawExchange } from '../helpers/raw-http.ts'

/** What is sent, to which listener, and the status it comes to; several for several answers. */
type Row = readonly [
  what: string,
  listener: 'both' | 'device' | 'control',
  bytes: string | Buffer,
  status: string,
]

const JSON_TYPE = 'Content-Type: application/json\r\n'

function post(path: string, body: string | Buffer, headers = JSON_TYPE): Buffer {
  const size = Buffer.byteLength(body)
  return Buffer.concat([
    Buffer.from(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-nl-device-id: ${SERIAL}\r\nContent-Length: ${size}\r\n${headers}\r\n`,
    ),
    Buffer.from(body),
  ])
}

function get(path: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`
}

function line(text: string): string {
  return `${text}\r\nHost: localhost\r\nConnection: close\r\n\r\n`
}

const put = (value: string): Buffer =>
  post('/nest/transport/put', `{"objects":[{"object_key":"shared.${SERIAL}","value":${value}}]}`)
const command = (fields: string): Buffer => post('/command', `{"serial":"${SERIAL}",${fields}}`)
const nested = (depth: number): string => `${'['.repeat(depth)}1${']'.repeat(depth)}`
const WIDE = `{${Array.from({ length: 40_000 }, (_, i) => `"f${i}":${i}`).join()}}`

const ROWS: readonly Row[] = [
  ['no HTTP at all', 'both', '\u0016\u0003\u0001 nonsense\r\n\r\n', '400'],
  ['a method that is none', 'both', line('BREW /health HTTP/1.1'), '400'],
  ['a wrong method', 'both', line('PUT /nest/entry HTTP/1.1'), '405 or 404'],
  ['TRACE', 'control', line('TRACE /health HTTP/1.1'), '405'],
  ['an unknown path', 'both', get('/etc/passwd'), '404'],
  ['a path that leads outside', 'both', get('/../../etc/passwd'), '404'],
  ['a path with a NUL', 'both', get('/%00'), '404'],
  ['a path that cannot be decoded', 'both', get('/%E0%A4%A'), '400'],
  ['a whole URL for a path', 'control', get('http://evil.example/health'), '404'],
  ['a path of 20,000 characters', 'both', get(`/${'x'.repeat(20_000)}`), '431'],
  ['headers of more than 16 KiB', 'both', get('/info', `X: ${'y'.repeat(20_000)}\r\n`), '431'],
  ['a header without a name', 'both', get('/info', ': x\r\n'), '400'],
  ['a header with a NUL', 'both', get('/info', 'X: a\u0000b\r\n'), '400'],
  ['a folded header', 'both', get('/info', 'X: a\r\n b\r\n'), '400'],
  ['no Host', 'both', 'GET /info HTTP/1.1\r\nConnection: close\r\n\r\n', '400'],
  ['two Hosts', 'both', get('/info', 'Host: other\r\n'), '400'],
  ['HTTP/1.0 without Host', 'control', 'GET /health HTTP/1.0\r\n\r\n', '200'],
  ['HTTP/2 without asking', 'both', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '400'],
  ['an upgrade nobody offers', 'control', get('/health', 'Upgrade: websocket\r\n'), '200'],
  ['an expectation nobody knows', 'control', get('/health', 'Expect: wonders\r\n'), '200'],
  [
    'Content-Length and Transfer-Encoding',
    'both',
    post('/command', '0\r\n\r\n', `${JSON_TYPE}Transfer-Encoding: chunked\r\n`),
    '400',
  ],
  ['two Content-Lengths', 'both', post('/command', '{}', 'Content-Length: 4\r\n'), '400'],
  ['a negative Content-Length', 'both', get('/info', 'Content-Length: -1\r\n'), '400'],
  [
    'a chunk that is none',
    'both',
    `${get('/info', 'Transfer-Encoding: chunked\r\n')}zz\r\n`,
    '400',
  ],
  [
    'a body longer than its length',
    'control',
    `POST /command HTTP/1.1\r\nHost: localhost\r\n${JSON_TYPE}Content-Length: 2\r\n\r\n{}rest\r\n\r\n`,
    '400',
  ],
  [
    'two requests in one go',
    'control',
    `GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n${get('/nowhere')}`,
    '200, 404',
  ],
  ['a body above 1 MiB', 'both', post('/command', ' '.repeat(1024 * 1024 + 1)), '413 or 404'],
  [
    'a chunked body above 1 MiB',
    'control',
    `POST /command HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n110000\r\n${' '.repeat(0x110000)}\r\n0\r\n\r\n`,
    '413',
  ],
  ['a put above 1 MiB', 'device', put(`"${'x'.repeat(1024 * 1024)}"`), '413'],
  ['a bucket above 256 KiB', 'device', put(`{"x":"${'x'.repeat(300_000)}"}`), '413'],
  ['an empty body', 'control', post('/command', ''), '400'],
  ['a body that is no JSON', 'control', post('/command', '{"serial":'), '400'],
  ['a put that is no JSON', 'device', post('/nest/transport/put', '{"objects":'), '400'],
  ['a put of a number', 'device', post('/nest/transport/put', '7'), '400'],
  ['a subscribe of a list', 'device', post('/nest/transport', '[]'), '400'],
  ['bytes that are not UTF-8', 'control', post('/command', Buffer.from([0x22, 0xff, 0x22])), '400'],
  ['a put that is not UTF-8', 'device', post('/nest/transport/put', Buffer.from([0xc3])), '400'],
  ['JSON deeper than 32 levels', 'control', post('/command', nested(33)), '400'],
  ['a put 500,000 levels deep', 'device', post('/nest/transport/put', nested(500_000)), '400'],
  ['a put of 40,000 fields above 256 KiB', 'device', put(WIDE), '413'],
  ['a lone surrogate', 'device', put('{"name":"\\ud800"}'), '200'],
  ['a lone surrogate for a command', 'control', command('"command":"\\ud800","value":1'), '400'],
  ['`__proto__` in a put', 'device', put('{"__proto__":{"polluted":true}}'), '200'],
  ['`__proto__` for a command', 'control', command('"command":"__proto__","value":1'), '400'],
  ['an object that cannot be written out', 'control', command('"command":[{"toString":1}]'), '400'],
  [
    'a number beyond doubles',
    'control',
    command('"command":"set_temperature","value":1e400'),
    '400',
  ],
  [
    'a revision beyond integers',
    'device',
    post(
      '/nest/transport/put',
      `{"objects":[{"object_key":"shared.${SERIAL}","if_object_revision":1e300,"value":{}}]}`,
    ),
    '200',
  ],
  [
    'a field twice: the last one counts',
    'control',
    command('"command":"x","command":"set_mode","value":7'),
    '400',
  ],
  ['no serial', 'device', get('/nest/passphrase'), '400'],
  ['a serial that is none', 'device', get('/nest/passphrase?serial=..%2F..'), '400'],
  [
    'a serial in a list',
    'control',
    post('/command', '{"serial":["x"],"command":"x","value":1}'),
    '400',
  ],
  ['a limit that is none', 'control', get('/api/changes?limit=1e9'), '400'],
  [
    'a code that is none',
    'control',
    post('/api/register', '{"code":"A3XR7M","userId":"x"}'),
    '400',
  ],
]

t.test('what no request should be comes to a clear answer, and nothing else happens', async (t) => {
  const { server, ask, paired } = await startHome(t)
  await paired()
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  t.teardown(() => process.off('unhandledRejection', note))
  for (const [what, listener, bytes, status] of ROWS) {
    for (const each of listener === 'both' ? (['device', 'control'] as const) : [listener]) {
      const url = each === 'device' ? server.deviceUrl : server.controlUrl
      const answers = await rawExchange(url, bytes)
      const statuses = answers.map((answer) => answer.status).join(', ')
      t.ok(status.split(' or ').includes(statuses), `${each}: ${what}: ${statuses}`)
      for (const answer of answers) checkRefusal(t, answer, what)
    }
    t.equal((await ask('GET', '/health')).status, 200, 'and the server goes on')
  }
  t.same(unhandled, [])
  t.equal(({} as Record<string, unknown>).polluted, undefined)
})

/** Every refusal is JSON with words in it, and tells nothing of the inside. */
function checkRefusal(t: Tap, { status, headers, body }: RawAnswer, what: string): void {
  if (status < 400) return
  t.match(headers['content-type'], /^application\/json/, what)
  const { error, message } = JSON.parse(body)
  t.type(error ?? message, 'string')
  t.notMatch(body, /\.ts:\d|node_modules|node:internal/, what)
  if (status === 405) t.ok(headers.allow, 'Allow')
}
type Tap = Pick<typeof t, 'match' | 'notMatch' | 'type' | 'ok'>

t.test('a connection that ends in the middle of a request harms nobody', async (t) => {
  const { server, ask } = await startHome(t)
  for (const url of [server.deviceUrl, server.controlUrl]) {
    for (const bytes of [
      'GET',
      'POST /command HTTP/1.1\r\nHost: x\r\n',
      put('{"a":1}').subarray(0, -5),
    ]) {
      const answers = await rawExchange(url, bytes, true)
      t.ok(
        answers.every(({ status }) => status === 400 || status === 404),
        String(bytes).slice(0, 20),
      )
    }
  }
  t.equal((await ask('GET', '/health')).status, 200)
})

t.test('docs/security.md has the same rows, by answer', async (t) => {
  const page = readFileSync('docs/security.md', 'utf8')
  const rows = page.matchAll(/^\| ([\d, or]+) \| (both|device|control) \| (.+) \|$/gm)
  const printed = [...rows].flatMap(([, status, listener, list = '']) =>
    list.split('; ').map((what) => [what, listener, status]),
  )
  t.strictSame(
    printed.sort(),
    ROWS.map(([what, listener, , status]) => [what, listener, status]).sort(),
  )
})
