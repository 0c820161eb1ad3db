import t from 'tap'
import { FirmwareHarness, object, SERIAL, START_MS } from '../firmware-harness.ts'
import { V3Harness } from './v3/v3-harness.ts'

/** A list of the stored buckets in the form of V4. */
const stored = (timestamp: number) =>
  Object.fromEntries(
    ['device', 'shared', 'schedule'].map((type) => [
      type,
      { [SERIAL]: { $version: 3, $timestamp: timestamp } },
    ]),
  )

t.test(
  'asks for the list once after a boot, before anything else of the transport (V4)',
  async (t) => {
    const harness = new V3Harness().bootWith()
    const kinds = harness.requests().map(({ kind }) => kind)
    t.strictSame(kinds, ['entry', 'passphrase', 'deviceList', 'put'])
    t.match(harness.last('deviceList').url, new RegExp(`/v3/device/device\\.${SERIAL}$`))
    t.strictSame(harness.notes('put')[0]?.reason, 'missing')
    harness.nestedReceipts()
    harness.advance(600_000)
    t.equal(harness.requests('deviceList').length, 1)
  },
)

t.test('waits for what a server has newer before it puts its full state (V4)', async (t) => {
  const harness = new V3Harness().bootWith(stored(START_MS))
  t.equal(harness.requests('subscribe').length, 1, 'nothing is dirty, so it polls')
  harness.advance(9999)
  harness.answerPoll(`shared.${SERIAL}`, { target_temperature: 20.5 })
  harness.advance(9999)
  t.equal(harness.requests('put').length, 0)
  harness.advance(1)
  t.match(harness.body('put'), { shared: { [SERIAL]: { target_temperature: 20.5 } } })
  t.equal(harness.notes('put')[0]?.reason, 'boot')
})

t.test('reports a list without both marks alone (V4)', async (t) => {
  const harness = new V3Harness().bootWith({
    shared: { [SERIAL]: { $version: 1 } },
    device: { [SERIAL]: { $version: 1, $timestamp: START_MS, value: {} } },
  })
  t.same(harness.violations, ['V4', 'V4'])
})

t.test(
  'asks for the list again with growing pauses, and puts nothing before it (V4)',
  async (t) => {
    const harness = new V3Harness()
    harness.do({ type: 'booted' })
    harness.answer('entry', entryOf(harness))
    harness.answer('deviceList', {}, 503)
    harness.advance(1000)
    harness.answer('deviceList', 'no JSON')
    harness.advance(1999)
    t.equal(harness.requests('deviceList').length, 2)
    harness.advance(1)
    t.equal(harness.requests('deviceList').length, 3)
    t.equal(harness.requests('put').length + harness.requests('subscribe').length, 0)
  },
)

t.test('asks with the raw blank of a corrupted key (V9)', async (t) => {
  const harness = new V3Harness({ keyNoise: ' ._sync' }).bootWith()
  t.match(harness.last('deviceList').url, new RegExp(`/device\\.${SERIAL} \\._sync$`))
})

t.test('shows a code again when the server lacks the bucket of its owner', async (t) => {
  const harness = new FirmwareHarness({ ownerCheckMs: 30_000 }).settled()
  const list = [object('user.homeassistant', 1, START_MS, {})]
  harness.advance(30_000)
  harness.answer('deviceList', { objects: list })
  t.equal(harness.firmware.paired, true, 'the bucket is listed')
  harness.advance(30_000)
  harness.answer('deviceList', { objects: [] })
  t.equal(harness.firmware.paired, false)
  t.match(harness.notes('unpaired'), [{ owner: 'homeassistant' }])
  t.notOk(harness.firmware.buckets.has('user.homeassistant'))
  harness.answer('passphrase', { value: 'B4YS8N3', expires: harness.nowMs + 3_600_000 })
  t.match(harness.firmware.screen, { phase: 'code', display: 'B4Y-S8N3' })
  t.same(harness.violations, [])
})

t.test('keeps an owner who claimed while the list was on its way', async (t) => {
  const harness = new FirmwareHarness({ ownerCheckMs: 30_000 }).settled()
  harness.advance(30_000)
  harness.push(object('user.anna', 1, harness.nowMs, { name: 'anna' }))
  harness.answer('deviceList', { objects: [] })
  t.match(harness.firmware.screen, { phase: 'paired', owner: 'anna' })
})

function entryOf(harness: FirmwareHarness): object {
  const origin = harness.firmware.profile.origin
  const urls = [
    'czfe',
    'transport',
    'direct_transport',
    'passphrase',
    'ping',
    'pro_info',
    'weather',
  ]
  return Object.fromEntries(urls.map((name) => [`${name}_url`, `${origin}/nest/${name}`]))
}
