import { createHmac } from 'node:crypto'
import t from 'tap'
import { MAX_WAITING, pauseMs } from '../../../src/protocol/notify/back-off.ts'
import type { Notice } from '../../../src/protocol/notify/notice.ts'
import {
  quietLeftMs,
  quietTimeText,
  readQuietTime,
} from '../../../src/protocol/notify/quiet-time.ts'
import {
  type Receiver,
  readReceiver,
  shownReceiver,
  wants,
} from '../../../src/protocol/notify/receiver.ts'
import { forbiddenAddress } from '../../../src/protocol/notify/receiver-address.ts'
import { receiverRequest } from '../../../src/protocol/notify/receiver-request.ts'
import { NOW_MS, refusal } from '../make.ts'

const FRESH = { id: '5f0c9a21', secret: 'made-for-it' }
const read = (body: unknown, others: readonly Receiver[] = []) => readReceiver(body, others, FRESH)
const URL = 'https://hooks.example.org/very-secret?key=also-secret'
const NTFY = 'https://ntfy.sh/my-topic'

t.test('what can be no receiver is refused, and its address is not repeated', async (t) => {
  const rows: [body: unknown, says: RegExp][] = [
    [undefined, /url/],
    [{ url: 'hooks.example.org' }, /url must be/],
    [{ url: 'ftp://hooks.example.org/x' }, /url must be/],
    [{ url: 'https://me:secret@hooks.example.org/' }, /no user and password/],
    [{ url: 'http://169.254.169.254/latest' }, /link-local/],
    [{ url: 'http://[fe80::1]/' }, /link-local/],
    [{ url: 'http://2852039166/' }, /link-local/],
    [{ url: 'http://0.0.0.0/' }, /one machine/],
    [{ url: URL, type: 'pager' }, /type/],
    [{ url: 'https://ntfy.sh/', type: 'ntfy' }, /topic/],
    [{ url: 'https://ntfy.sh/a%20b', type: 'ntfy' }, /topic/],
    [{ url: URL, events: ['offline', 'earthquake'] }, /events must be a list of these: offline/],
    [{ url: URL, events: [] }, /events/],
    [{ url: URL, quiet: '22-7' }, /22:00-07:00/],
    [{ url: URL, quiet: '22:00-22:00' }, /22:00-07:00/],
    [{ url: URL, secret: 'short' }, /at least 16/],
    [{ url: URL, secret: 'with blanks and so on' }, /blanks/],
    [{ url: URL, name: 'x'.repeat(65) }, /name/],
    [{ url: URL, name: 'two\nlines' }, /name/],
  ]
  for (const [body, says] of rows) {
    const said = refusal(() => read(body))
    t.match(said, says, JSON.stringify(body))
    t.notMatch(said, /secret@|very-secret/)
  }
})

t.test('a webhook gets a secret when it brings none, and ntfy needs none', async (t) => {
  t.match(read({ url: URL }), { type: 'webhook', name: 'hooks.example.org', secret: FRESH.secret })
  t.match(read({ url: URL, secret: 'my own secret'.replaceAll(' ', '-').padEnd(16, '!') }), {
    secret: 'my-own-secret!!!',
  })
  t.match(read({ url: NTFY, type: 'ntfy' }), { secret: null })
  t.match(read({ url: NTFY, type: 'ntfy', secret: 'tk_1' }), { secret: 'tk_1' })
})

t.test('names are free, and receivers are few', async (t) => {
  const first = read({ url: URL })
  t.equal(read({ url: URL }, [first]).name, 'hooks.example.org 2')
  t.match(
    refusal(() => read({ url: URL, name: first.name }, [first])),
    /name/,
  )
  const ten = Array.from({ length: 10 }, (_, i) => ({ ...first, name: String(i) }))
  t.match(
    refusal(() => read({ url: URL }, ten)),
    /10 receivers/,
  )
})

t.test('neither address nor secret is shown', async (t) => {
  const shown = shownReceiver(read({ url: URL, quiet: '22:00-7:30', events: ['offline'] }))
  t.match(shown, { to: 'https://hooks.example.org/…', quiet: '22:00-07:30', events: ['offline'] })
  t.notMatch(JSON.stringify(shown), /secret|made-for-it/)
})

t.test('a receiver gets the events that it wants, and every test', async (t) => {
  const some = read({ url: URL, events: ['offline'] })
  t.ok(wants(some, 'offline') && wants(some, 'test') && wants(read({ url: URL }), 'disk_low'))
  t.notOk(wants(some, 'disk_low'))
})

t.test('home networks and this machine may be told; link-local and clouds may not', async (t) => {
  const allowed = [
    '192.168.1.9',
    '10.0.0.1',
    '127.0.0.1',
    '::1',
    'fd12::1',
    '8.8.8.8',
    '2001:db8::1',
  ]
  for (const address of allowed) t.equal(forbiddenAddress(address), undefined, address)
  const forbidden = [
    '169.254.169.254',
    '169.254.0.1',
    'fe80::1',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '::169.254.169.254',
    'fd00:ec2::254',
    '100.100.100.200',
    '168.63.129.16',
    '0.0.0.0',
    '::',
    '224.0.0.251',
    '255.255.255.255',
    'ff02::1',
  ]
  for (const address of forbidden) t.ok(forbiddenAddress(address), address)
})

t.test('a quiet time, by the clock of the server', async (t) => {
  const hour = 3_600_000
  const rows: [quiet: string, now: string, offsetS: number, leftMs: number][] = [
    ['22:00-07:00', '2026-06-01T21:59Z', 0, 0],
    ['22:00-07:00', '2026-06-01T22:00Z', 0, 9 * hour],
    ['22:00-07:00', '2026-06-02T06:00Z', 0, hour],
    ['22:00-07:00', '2026-06-02T07:00Z', 0, 0],
    ['22:00-07:00', '2026-06-01T20:30Z', 7200, 8.5 * hour],
    ['22:00-07:00', '2026-06-02T04:00Z', -5 * 3600, 8 * hour],
    ['13:00-15:00', '2026-06-01T14:30:30Z', 0, 29.5 * 60_000],
    ['13:00-15:00', '2026-06-01T12:59Z', 0, 0],
    ['00:00-24:00', '', 0, 0],
  ]
  for (const [text, now, offsetS, leftMs] of rows) {
    if (now === '') {
      t.match(
        refusal(() => readQuietTime(text)),
        /quiet/,
      )
      continue
    }
    const quiet = readQuietTime(text)
    t.equal(quietTimeText(quiet), text)
    t.equal(
      quietLeftMs(quiet, Date.parse(now), () => offsetS),
      leftMs,
      `${text} ${now}`,
    )
  }
  t.equal(
    quietLeftMs(null, NOW_MS, () => 0),
    0,
  )
})

const NOTICE: Notice = {
  id: 'one',
  event: 'offline',
  state: 'begun',
  at: new Date(NOW_MS).toISOString(),
  serial: null,
  name: null,
  title: 'Flur ist weg ❄',
  message: 'Look.',
}
const hmac = (secret: string, text: string) =>
  createHmac('sha256', secret).update(text).digest('hex')

t.test('a webhook is signed, its time of sending included', async (t) => {
  const { url, headers, body } = receiverRequest(read({ url: URL }), NOTICE, NOW_MS, () => 0, hmac)
  t.equal(url, URL)
  t.strictSame(JSON.parse(body), NOTICE)
  const signed = `${headers['X-Nle-Timestamp']}.${body}`
  t.equal(headers['X-Nle-Timestamp'], String(NOW_MS / 1000))
  t.equal(headers['X-Nle-Signature'], `sha256=${hmac(FRESH.secret, signed)}`)
})

t.test('ntfy gets its own form, with the time of what comes late', async (t) => {
  const receiver = read({ url: 'http://10.0.0.2/sub/my-topic', type: 'ntfy', secret: 'tk_1' })
  const send = (afterMs: number) =>
    receiverRequest(receiver, NOTICE, NOW_MS + afterMs, () => 3600, hmac)
  const { url, headers, body } = send(0)
  t.equal(url, 'http://10.0.0.2/sub/')
  t.equal(headers.Authorization, 'Bearer tk_1')
  t.match(JSON.parse(body), {
    topic: 'my-topic',
    title: NOTICE.title,
    message: 'Look.',
    priority: 4,
  })
  t.match(JSON.parse(send(3_600_000).body), { message: 'Look. (At 17:00.)' })
})

t.test('retries back off, and end', async (t) => {
  const pauses = Array.from({ length: 11 }, (_, i) => pauseMs(i + 1))
  t.equal(pauses[0], 30_000)
  t.equal(pauses.at(-1), undefined)
  t.ok(MAX_WAITING < 100)
})
