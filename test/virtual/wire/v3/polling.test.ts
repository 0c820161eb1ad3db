import t from 'tap'
import { SERIAL, schedule } from '../../firmware-harness.ts'
import { V3Harness } from './v3-harness.ts'

const SHARED = `shared.${SERIAL}`

t.test('lists keys with version and timestamp, and never its pairing (V5, V8)', async (t) => {
  const harness = new V3Harness().evening()
  t.match(harness.last('subscribe').url, /\/nest\/transport\/v3\/subscribe$/)
  const { timestamp } = harness.bucket('shared')
  const { keys } = harness.body('subscribe') as { keys: { key: string }[] }
  t.strictSame(
    keys.map(({ key }) => key),
    ['device', 'shared', 'schedule'].map((type) => `${type}.${SERIAL}`),
  )
  t.strictSame(keys[1], { key: SHARED, version: 1, timestamp })
  t.match(harness.firmware.screen, { phase: 'paired', owner: 'homeassistant' })
  t.same(harness.violations, [])
})

t.test('firmware 4.3.3 leaves version and timestamp out (V5)', async (t) => {
  const harness = new V3Harness({ listsVersions: false }).evening()
  const { keys } = harness.body('subscribe') as { keys: object[] }
  t.strictSame(keys[1], { key: SHARED })
})

t.test('takes one bare bucket that the headers name, and polls again at once (V6)', async (t) => {
  const harness = new V3Harness().evening()
  const polls = harness.requests('subscribe').length
  harness.answerPoll(SHARED, { target_temperature: 22.5, target_change_pending: true })
  t.equal(harness.requests('subscribe').length, polls + 1)
  t.equal(harness.bucket('shared').revision, 2)
  t.equal(harness.bucket('shared').value.target_temperature, 22.5)
  harness.nestedReceipts()
  harness.advance(1000)
  t.match(harness.body('put'), { shared: { [SERIAL]: { target_change_pending: false } } })
  t.same(harness.violations, [])
})

t.test('an empty answer means: poll again (V7)', async (t) => {
  const harness = new V3Harness().evening()
  harness.advance(280_000)
  const polls = harness.requests('subscribe').length
  harness.endPoll()
  t.equal(harness.requests('subscribe').length, polls + 1)
  t.same(harness.violations, [])
  harness.endPoll()
  t.equal(harness.requests('subscribe').length, polls + 1, 'not when it came at once')
  harness.advance(1000)
  t.equal(harness.requests('subscribe').length, polls + 2)
})

const REJECTED: [string, string, (harness: V3Harness) => void][] = [
  ['a chunked answer', 'V6', (one) => one.answerPoll(SHARED, {}, CHUNKED)],
  ['no Content-Length', 'V6', (one) => one.endPoll({ 'content-length': undefined })],
  ['a body without its key', 'V6', (one) => one.answerPoll(SHARED, {}, NO_KEY)],
  ['a body without its version', 'V6', (one) => one.answerPoll(SHARED, {}, NO_VERSION)],
  ['a body that is no object', 'V6', (one) => one.answerPoll(SHARED, '[1]')],
  ['the form of v7', 'V7', (one) => one.answerPoll(SHARED, { objects: [] })],
  ['a request for an upload', 'V5', (one) => one.answerPoll(SHARED, {}, ASKS)],
]
const CHUNKED = { 'transfer-encoding': 'chunked', 'content-length': undefined }
const NO_KEY = { 'x-nl-skv-key': undefined }
const NO_VERSION = { 'x-nl-skv-version': undefined }
const ASKS = { 'x-nl-skv-version': '0', 'x-nl-skv-timestamp': '0' }

for (const [name, rule, answer] of REJECTED) {
  t.test(`rejects ${name} as bad header data, and pauses (${rule})`, async (t) => {
    const harness = new V3Harness().evening()
    const polls = harness.requests('subscribe').length
    answer(harness)
    t.same(harness.violations, [rule])
    t.match(harness.notes('failed').at(-1)?.reason, 'bad header data')
    t.equal(harness.requests('subscribe').length, polls)
  })
}

t.test('an empty answer that names a bucket is wrong (V7)', async (t) => {
  const harness = new V3Harness().evening()
  harness.endPoll({ 'x-nl-skv-key': SHARED })
  t.same(harness.violations, ['V7'])
})

t.test('a blank in a pushed value corrupts its fields, and later keys (V1, V9)', async (t) => {
  const harness = new V3Harness().evening()
  harness.answerPoll(SHARED, '{"target_temperature": 23}')
  t.ok(harness.violations.includes('V1'))
  t.equal(harness.bucket('shared').value.target_temperature, 20)
  const { keys } = harness.body('subscribe') as { keys: { key: string }[] }
  t.equal(keys[1]?.key, `${SHARED} ._sync`)
  harness.do({ type: 'rebooted', loseMemory: false })
  harness.answer('entry', '{}')
})

t.test('polls again when a poll was not answered in time (S4, V7)', async (t) => {
  const harness = new V3Harness().evening()
  const polls = harness.requests('subscribe').length
  harness.advance(300_000)
  t.equal(harness.requests('subscribe').length, polls + 1)
  t.same(harness.violations, ['V7'])
})

t.test('takes the defer window from each answer, and follows a schedule after quiet', async (t) => {
  const harness = new V3Harness().evening()
  harness.answerPoll(`schedule.${SERIAL}`, schedule())
  harness.do({ type: 'dialTurned', celsius: 21 })
  const puts = harness.requests('put').length
  harness.advance(14_999)
  t.equal(harness.requests('put').length, puts, 'the dial waits 15 s')
  harness.advance(1)
  t.match(harness.body('put'), { shared: { [SERIAL]: { target_temperature: 21 } } })
  t.equal(harness.notes('scheduleApplied').length, 1)
  t.same(harness.violations, [])
})
