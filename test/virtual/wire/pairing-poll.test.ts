import t from 'tap'
import {
  entryDocument,
  FirmwareHarness,
  ORIGIN,
  object,
  SERIAL,
  START_MS,
} from '../firmware-harness.ts'

const HOUR_MS = 3_600_000

t.test(
  'asks for the entry at boot, then for a passphrase, and subscribes (section 10)',
  async (t) => {
    const harness = new FirmwareHarness()
    harness.do({ type: 'booted' })
    t.same(
      harness.requests().map(({ kind }) => kind),
      ['entry'],
    )
    t.same(harness.firmware.screen, { phase: 'connecting' })
    harness.answer('entry', entryDocument())
    t.same(
      harness.requests().map(({ kind, method, url }) => [kind, method, url]),
      [
        ['entry', 'POST', `${ORIGIN}/nest/entry`],
        ['passphrase', 'GET', `${ORIGIN}/nest/passphrase`],
        ['subscribe', 'POST', `${ORIGIN}/nest/transport`],
      ],
    )
    t.same(harness.violations, [])
  },
)

t.test('identifies itself in each of the three ways (I1, I2)', async (t) => {
  const token = (harness: FirmwareHarness) => harness.requests()[0]?.headers
  const basic = token(new FirmwareHarness({ suffix: 'BEEF', password: 'pw' }).boot())
  const expected = Buffer.from(`d.${SERIAL}.BEEF:pw`).toString('base64')
  t.equal(basic?.Authorization, `Basic ${expected}`)
  const client = token(new FirmwareHarness({ identity: 'clientId', suffix: 'BEEF' }).boot())
  t.equal(client?.['X-nl-client-id'], `d.${SERIAL}.BEEF`)
  t.equal(token(new FirmwareHarness({ identity: 'deviceId' }).boot())?.['X-nl-device-id'], SERIAL)
})

t.test('sends a POST entry form-urlencoded and a GET entry without a body (E3)', async (t) => {
  const form = new URLSearchParams(new FirmwareHarness().boot().last('entry').body)
  t.match(Object.fromEntries(form), { model: 'Display-2.12', mac: /^[0-9a-f]{12}$/, reset: '0' })
  t.equal(new FirmwareHarness({ entryMethod: 'GET' }).boot().last('entry').body, undefined)
})

const ENTRY_FAULTS: [string, object, string[]][] = [
  ['a missing field (E1)', { ...entryDocument(), tier_name: undefined }, ['E1']],
  [
    'a URL without a port (E2)',
    { ...entryDocument(), upload_url: 'http://nest.home/nest/upload' },
    ['E2'],
  ],
  ['port 80 left out (E2)', entryDocument('http://nest.home'), Array(8).fill('E2')],
  ['an explicit port 80 (E2)', entryDocument('http://nest.home:80'), []],
]
for (const [name, document, expected] of ENTRY_FAULTS) {
  t.test(`boots on an entry with ${name}`, async (t) => {
    const harness = new FirmwareHarness()
    harness.do({ type: 'booted' })
    harness.answer('entry', document)
    t.same(harness.violations, expected)
    t.equal(harness.requests('subscribe').length, 1)
  })
}

t.test('asks again for an entry that it cannot use', async (t) => {
  for (const body of ['not json', '[]', '{}', '{"transport_url":5}']) {
    const harness = new FirmwareHarness()
    harness.do({ type: 'booted' })
    harness.answer('entry', body)
    t.equal(harness.requests('subscribe').length, 0)
    harness.advance(1000)
    t.equal(harness.requests('entry').length, 2)
  }
})

t.test('shows a good key as XXX-XXXX (P1)', async (t) => {
  const harness = new FirmwareHarness().boot()
  harness.answer('passphrase', { value: 'A3XR7M2', expires: START_MS + HOUR_MS })
  t.same(harness.firmware.screen, {
    phase: 'code',
    code: 'A3XR7M2',
    display: 'A3X-R7M2',
    expiresAtMs: START_MS + HOUR_MS,
  })
})

const KEY_FAULTS: [string, unknown, string][] = [
  ['"expires" as a string (P1)', { value: 'A3XR7M2', expires: `${START_MS + HOUR_MS}` }, 'P1'],
  ['no "expires" (P1)', { value: 'A3XR7M2' }, 'P1'],
  ['a body that is not JSON (P1)', 'A3XR7M2', 'P1'],
  ['a dash in it (P2)', { value: 'A3X-R7M', expires: START_MS + HOUR_MS }, 'P2'],
  ['six characters (P2)', { value: 'A3XR7M', expires: START_MS + HOUR_MS }, 'P2'],
  ['no value (P2)', { expires: START_MS + HOUR_MS }, 'P2'],
  ['29 minutes left (P4)', { value: 'A3XR7M2', expires: START_MS + 29 * 60_000 }, 'P4'],
]
for (const [name, body, rule] of KEY_FAULTS) {
  t.test(`never shows a key with ${name}`, async (t) => {
    const harness = new FirmwareHarness().boot()
    harness.answer('passphrase', body)
    t.same(harness.violations, [rule])
    t.same(harness.firmware.screen, { phase: 'connecting' })
    harness.advance(30_000)
    t.equal(harness.requests('passphrase').length, 2, 'it asks again')
  })
}

t.test('polls status and passphrase every 30 s until it is paired (section 10)', async (t) => {
  const harness = new FirmwareHarness().boot()
  harness.hold()
  const key = { value: 'A3XR7M2', expires: START_MS + HOUR_MS }
  harness.answer('passphrase', key)
  t.equal(harness.requests('passphraseStatus').length, 0)
  harness.advance(30_000)
  t.equal(harness.last('passphraseStatus').url, `${ORIGIN}/nest/passphrase/status`)
  harness.answer('passphraseStatus', { status: 'pending', claimed: false, expiresAt: key.expires })
  harness.answer('passphrase', key)
  harness.pair()
  harness.end()
  harness.hold()
  harness.advance(HOUR_MS / 60)
  t.equal(harness.requests('passphraseStatus').length, 1, 'paired: no more polls')
  t.same(harness.violations, [])
})

t.test('is paired by a user bucket with a name, not by the status (seed 000)', async (t) => {
  const harness = new FirmwareHarness().boot()
  harness.hold()
  harness.answer('passphrase', { value: 'A3XR7M2', expires: START_MS + HOUR_MS })
  harness.advance(30_000)
  const claimed = { status: 'claimed', claimed: true, claimedBy: 'ha', claimedAt: START_MS }
  harness.answer('passphraseStatus', claimed)
  t.equal(harness.firmware.paired, false)
  harness.push(object('user.ha', 1, START_MS, {}), object('structure.default', 1, START_MS, {}))
  t.equal(harness.firmware.paired, false)
  harness.push(object('user.ha', 2, START_MS + 1, { name: 'ha' }))
  t.match(harness.firmware.screen, { phase: 'paired', owner: 'ha', targetTemperature: 20 })
  t.same(harness.violations, [])
})

t.test('reports another key while the first is open, unless that was claimed (P3)', async (t) => {
  const open = { status: 'pending', claimed: false, expiresAt: START_MS + HOUR_MS }
  const claimed = { status: 'claimed', claimed: true, claimedBy: 'ha', claimedAt: START_MS }
  for (const [next, expected] of [
    [open, ['P3']],
    [claimed, []],
  ] as const) {
    const harness = new FirmwareHarness().boot()
    harness.hold()
    harness.answer('passphrase', { value: 'A3XR7M2', expires: START_MS + HOUR_MS })
    harness.advance(30_000)
    harness.answer('passphraseStatus', open)
    harness.answer('passphrase', { value: 'B3XR7M2', expires: START_MS + HOUR_MS })
    harness.advance(30_000)
    harness.answer('passphraseStatus', next)
    t.same(harness.violations, expected)
  }
})

const STATUS_FAULTS: [string, unknown][] = [
  ['an unknown status', { status: 'maybe', claimed: false }],
  ['a string time', { status: 'pending', claimed: false, expiresAt: '5' }],
  ['claimed that does not fit', { status: 'pending', claimed: true, expiresAt: 5 }],
  ['a claim without a time', { status: 'claimed', claimed: true, claimedBy: 'ha' }],
  ['a body that is not JSON', 'nope'],
]
for (const [name, body] of STATUS_FAULTS) {
  t.test(`reports a status with ${name} (P7)`, async (t) => {
    const harness = new FirmwareHarness().boot()
    harness.answer('passphrase', { value: 'A3XR7M2', expires: START_MS + HOUR_MS })
    harness.advance(30_000)
    harness.answer('passphraseStatus', body)
    t.same(harness.violations, ['P7'])
  })
}

t.test('reports a user bucket without its structure in the same body (P9)', async (t) => {
  const harness = new FirmwareHarness().boot()
  harness.hold()
  harness.push(object('user.ha', 1, START_MS, { name: 'ha' }))
  t.same(harness.violations, ['P9'])
})

t.test('reports a user bucket that names another user (P10)', async (t) => {
  const harness = new FirmwareHarness().boot()
  harness.hold()
  harness.push(
    object('user.ha', 1, START_MS, { name: 'bob' }),
    object('structure.default', 1, START_MS, {}),
  )
  t.same(harness.violations, ['P10'])
})

t.test('reports a 401 and provisioned credentials (I4)', async (t) => {
  const harness = new FirmwareHarness()
  harness.do({ type: 'booted' })
  harness.answer('entry', { error: 'no' }, 401)
  harness.advance(1000)
  harness.answer('entry', entryDocument(), 200, { 'x-nl-set-client-credentials': 'a b' })
  t.same(harness.violations, ['I4', 'I4'])
})
