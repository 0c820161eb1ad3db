import t from 'tap'
import { Bench, entryDocument, ORIGIN, object, SERIAL, START_MS } from '../firmware-harness.ts'

const HOUR_MS = 3_600_000

t.test('section 10: boot goes entry, then passphrase and subscribe', async (t) => {
  const bench = new Bench()
  bench.do({ type: 'booted' })
  t.same(
    bench.requests().map(({ kind }) => kind),
    ['entry'],
  )
  t.same(bench.firmware.screen, { phase: 'connecting' })
  bench.answer('entry', entryDocument())
  t.same(
    bench.requests().map(({ kind, method, url }) => [kind, method, url]),
    [
      ['entry', 'POST', `${ORIGIN}/nest/entry`],
      ['passphrase', 'GET', `${ORIGIN}/nest/passphrase`],
      ['subscribe', 'POST', `${ORIGIN}/nest/transport`],
    ],
  )
  t.same(bench.violations, [])
})

t.test('I1, I2: it says who it is', async (t) => {
  const token = (bench: Bench) => bench.requests()[0]?.headers
  const basic = token(new Bench({ suffix: 'BEEF', password: 'pw' }).boot())
  const expected = Buffer.from(`d.${SERIAL}.BEEF:pw`).toString('base64')
  t.equal(basic?.Authorization, `Basic ${expected}`)
  const client = token(new Bench({ identity: 'clientId', suffix: 'BEEF' }).boot())
  t.equal(client?.['X-nl-client-id'], `d.${SERIAL}.BEEF`)
  t.equal(token(new Bench({ identity: 'deviceId' }).boot())?.['X-nl-device-id'], SERIAL)
})

t.test('E3: a POST entry is form-urlencoded, a GET entry has no body', async (t) => {
  const form = new URLSearchParams(new Bench().boot().last('entry').body)
  t.match(Object.fromEntries(form), { model: 'Display-2.12', mac: /^[0-9a-f]{12}$/, reset: '0' })
  t.equal(new Bench({ entryMethod: 'GET' }).boot().last('entry').body, undefined)
})

const ENTRY_FAULTS: [string, object, string[]][] = [
  ['E1: a missing field', { ...entryDocument(), tier_name: undefined }, ['E1']],
  [
    'E2: a URL without a port',
    { ...entryDocument(), upload_url: 'http://nest.home/nest/upload' },
    ['E2'],
  ],
  ['E2: port 80 must be written', entryDocument('http://nest.home'), Array(8).fill('E2')],
  ['E2: an explicit port 80 is fine', entryDocument('http://nest.home:80'), []],
]
for (const [name, document, expected] of ENTRY_FAULTS) {
  t.test(`${name} is seen, and the boot goes on`, async (t) => {
    const bench = new Bench()
    bench.do({ type: 'booted' })
    bench.answer('entry', document)
    t.same(bench.violations, expected)
    t.equal(bench.requests('subscribe').length, 1)
  })
}

t.test('an entry that cannot be used is asked for again', async (t) => {
  for (const body of ['not json', '[]', '{}', '{"transport_url":5}']) {
    const bench = new Bench()
    bench.do({ type: 'booted' })
    bench.answer('entry', body)
    t.equal(bench.requests('subscribe').length, 0)
    bench.advance(1000)
    t.equal(bench.requests('entry').length, 2)
  }
})

t.test('P1: a good key is shown as XXX-XXXX', async (t) => {
  const bench = new Bench().boot()
  bench.answer('passphrase', { value: 'A3XR7M2', expires: START_MS + HOUR_MS })
  t.same(bench.firmware.screen, {
    phase: 'code',
    code: 'A3XR7M2',
    display: 'A3X-R7M2',
    expiresAtMs: START_MS + HOUR_MS,
  })
})

const KEY_FAULTS: [string, unknown, string][] = [
  ['P1: expires as a string', { value: 'A3XR7M2', expires: `${START_MS + HOUR_MS}` }, 'P1'],
  ['P1: no expires', { value: 'A3XR7M2' }, 'P1'],
  ['P1: not JSON', 'A3XR7M2', 'P1'],
  ['P2: a dash in the value', { value: 'A3X-R7M', expires: START_MS + HOUR_MS }, 'P2'],
  ['P2: six characters', { value: 'A3XR7M', expires: START_MS + HOUR_MS }, 'P2'],
  ['P2: no value', { expires: START_MS + HOUR_MS }, 'P2'],
  ['P4: 29 minutes left', { value: 'A3XR7M2', expires: START_MS + 29 * 60_000 }, 'P4'],
]
for (const [name, body, rule] of KEY_FAULTS) {
  t.test(`${name}: the key is never shown`, async (t) => {
    const bench = new Bench().boot()
    bench.answer('passphrase', body)
    t.same(bench.violations, [rule])
    t.same(bench.firmware.screen, { phase: 'connecting' })
    bench.advance(30_000)
    t.equal(bench.requests('passphrase').length, 2, 'it asks again')
  })
}

t.test('section 10: status and passphrase are polled every 30 s until paired', async (t) => {
  const bench = new Bench().boot()
  bench.hold()
  const key = { value: 'A3XR7M2', expires: START_MS + HOUR_MS }
  bench.answer('passphrase', key)
  t.equal(bench.requests('passphraseStatus').length, 0)
  bench.advance(30_000)
  t.equal(bench.last('passphraseStatus').url, `${ORIGIN}/nest/passphrase/status`)
  bench.answer('passphraseStatus', { status: 'pending', claimed: false, expiresAt: key.expires })
  bench.answer('passphrase', key)
  bench.pair()
  bench.end()
  bench.hold()
  bench.advance(HOUR_MS / 60)
  t.equal(bench.requests('passphraseStatus').length, 1, 'paired: no more polls')
  t.same(bench.violations, [])
})

t.test('seed 000: only a user bucket with a name pairs it, not the status', async (t) => {
  const bench = new Bench().boot()
  bench.hold()
  bench.answer('passphrase', { value: 'A3XR7M2', expires: START_MS + HOUR_MS })
  bench.advance(30_000)
  const claimed = { status: 'claimed', claimed: true, claimedBy: 'ha', claimedAt: START_MS }
  bench.answer('passphraseStatus', claimed)
  t.equal(bench.firmware.paired, false)
  bench.push(object('user.ha', 1, START_MS, {}), object('structure.default', 1, START_MS, {}))
  t.equal(bench.firmware.paired, false)
  bench.push(object('user.ha', 2, START_MS + 1, { name: 'ha' }))
  t.match(bench.firmware.screen, { phase: 'paired', owner: 'ha', targetTemperature: 20 })
  t.same(bench.violations, [])
})

t.test(
  'P3: another key while the first is open breaks the rule, unless it was claimed',
  async (t) => {
    const open = { status: 'pending', claimed: false, expiresAt: START_MS + HOUR_MS }
    const claimed = { status: 'claimed', claimed: true, claimedBy: 'ha', claimedAt: START_MS }
    for (const [next, expected] of [
      [open, ['P3']],
      [claimed, []],
    ] as const) {
      const bench = new Bench().boot()
      bench.hold()
      bench.answer('passphrase', { value: 'A3XR7M2', expires: START_MS + HOUR_MS })
      bench.advance(30_000)
      bench.answer('passphraseStatus', open)
      bench.answer('passphrase', { value: 'B3XR7M2', expires: START_MS + HOUR_MS })
      bench.advance(30_000)
      bench.answer('passphraseStatus', next)
      t.same(bench.violations, expected)
    }
  },
)

const STATUS_FAULTS: [string, unknown][] = [
  ['an unknown status', { status: 'maybe', claimed: false }],
  ['a string time', { status: 'pending', claimed: false, expiresAt: '5' }],
  ['claimed that does not fit', { status: 'pending', claimed: true, expiresAt: 5 }],
  ['a claim without a time', { status: 'claimed', claimed: true, claimedBy: 'ha' }],
  ['no JSON', 'nope'],
]
for (const [name, body] of STATUS_FAULTS) {
  t.test(`P7: ${name} is seen`, async (t) => {
    const bench = new Bench().boot()
    bench.answer('passphrase', { value: 'A3XR7M2', expires: START_MS + HOUR_MS })
    bench.advance(30_000)
    bench.answer('passphraseStatus', body)
    t.same(bench.violations, ['P7'])
  })
}

t.test('P9: a user bucket without its structure in the same body is seen', async (t) => {
  const bench = new Bench().boot()
  bench.hold()
  bench.push(object('user.ha', 1, START_MS, { name: 'ha' }))
  t.same(bench.violations, ['P9'])
})

t.test('P10: a user bucket that names somebody else is seen', async (t) => {
  const bench = new Bench().boot()
  bench.hold()
  bench.push(
    object('user.ha', 1, START_MS, { name: 'bob' }),
    object('structure.default', 1, START_MS, {}),
  )
  t.same(bench.violations, ['P10'])
})

t.test('I4: a 401 and provisioned credentials are seen', async (t) => {
  const bench = new Bench()
  bench.do({ type: 'booted' })
  bench.answer('entry', { error: 'no' }, 401)
  bench.advance(1000)
  bench.answer('entry', entryDocument(), 200, { 'x-nl-set-client-credentials': 'a b' })
  t.same(bench.violations, ['I4', 'I4'])
})
