import t from 'tap'
import { SERIAL } from '../../firmware-harness.ts'
import { V3Harness } from './v3-harness.ts'

t.test('puts its buckets nested by type and id, with the marks of its build (V2)', async (t) => {
  const harness = new V3Harness().bootWith()
  const put = harness.body('put') as Record<string, Record<string, Record<string, unknown>>>
  t.strictSame(Object.keys(put), ['device', 'shared', 'schedule'])
  t.match(put.shared?.[SERIAL], { target_temperature: 20, $version: 0, $timestamp: 0 })
  t.match(harness.last('put').url, /\/nest\/transport\/v3\/put$/)
  const bare = new V3Harness({ listsVersions: false }).bootWith().body('put')
  t.notMatch(JSON.stringify(bare), /\$/)
})

t.test('polls only once every bucket has a receipt with both marks (V3)', async (t) => {
  const harness = new V3Harness().bootWith()
  t.equal(harness.requests('subscribe').length, 0, 'the state comes first')
  harness.nestedReceipts()
  t.equal(harness.requests('subscribe').length, 1)
  t.same(harness.violations, [])
  t.match(harness.bucket('shared'), { revision: 1, timestamp: harness.nowMs })
})

t.test('puts a bucket for ever whose receipt lacks a mark, and never polls (V3)', async (t) => {
  const harness = new V3Harness().bootWith()
  for (let i = 1; i <= 8; i++) {
    t.equal(harness.requests('put').length, i)
    harness.answer('put', {
      device: { [SERIAL]: { $version: 1, $timestamp: harness.nowMs } },
      shared: { [SERIAL]: { $version: 1 } },
      schedule: { [SERIAL]: { $timestamp: harness.nowMs } },
    })
    harness.advance(2 ** (i - 1) * 1000)
  }
  t.strictSame(Object.keys(harness.body('put')), ['shared', 'schedule'])
  t.equal(harness.requests('subscribe').length, 0)
  t.match(harness.violations.slice(0, 2), ['V3', 'V3'])
})

t.test('reports a receipt for another bucket, and fields beside the marks (V3)', async (t) => {
  const harness = new V3Harness().evening()
  harness.do({ type: 'modeSet', mode: 'off' })
  harness.answer('put', {
    shared: { [SERIAL]: { $version: 4, $timestamp: harness.nowMs, target_temperature: 9 } },
    device: { [SERIAL]: { $version: 4, $timestamp: harness.nowMs } },
  })
  t.same(harness.violations, ['V3', 'V3'])
  t.equal(harness.bucket('shared').value.target_temperature, 20)
})

t.test('loses the receipt to a blank, because the scanner corrupts its key (V1, V3)', async (t) => {
  const harness = new V3Harness().bootWith()
  const receipt = { $version: 1, $timestamp: harness.nowMs }
  const all = { device: { [SERIAL]: receipt }, shared: { [SERIAL]: receipt } }
  harness.answer('put', JSON.stringify(all, null, 1))
  t.match(harness.violations, ['V1', 'V3', 'V3'])
  harness.advance(20_000)
  t.equal(harness.requests('subscribe').length, 0)
})

t.test('keeps putting after three HTTP 400, unlike v7 (V3)', async (t) => {
  const harness = new V3Harness().bootWith()
  for (let i = 0; i < 5; i++) {
    harness.answer('put', { error: 'Invalid put' }, 400)
    harness.advance(4_000)
  }
  t.equal(harness.requests('put').length, 6)
  t.same(harness.notes('putDropped'), [])
})
