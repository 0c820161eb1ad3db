import t from 'tap'
import { entryDocument, START_MS } from '../../firmware-harness.ts'
import { entryBucket, V3Harness } from './v3-harness.ts'

const PAIRING = {
  'user.homeassistant': entryBucket(1, START_MS, { name: 'homeassistant' }),
  'structure.default': entryBucket(1, START_MS, { name: 'Home', devices: [] }),
}

t.test('takes its pairing from the entry (E7, V8)', async (t) => {
  const harness = new V3Harness().bootWith({}, PAIRING)
  t.match(harness.firmware.screen, { phase: 'paired', owner: 'homeassistant' })
  t.ok(harness.firmware.buckets.has('structure.default'))
  t.equal(harness.requests('passphrase').length, 0)
  t.same(harness.violations, [])
})

t.test('reports a pairing bucket of the entry without its version (E7)', async (t) => {
  const harness = new V3Harness().bootWith({}, { 'user.anna': { value: { name: 'anna' } } })
  t.equal(harness.firmware.paired, false)
  t.same(harness.violations, ['E7'])
})

t.test('firmware of v7 ignores these fields of the entry (E7)', async (t) => {
  const harness = new V3Harness({ transport: 'v7' })
  harness.do({ type: 'booted' })
  harness.answer('entry', { ...entryDocument(), ...PAIRING })
  t.equal(harness.firmware.paired, false)
})

t.test('reads a user id with any letter from the bytes of the header (P10, V6)', async (t) => {
  const harness = new V3Harness().bootWith()
  harness.nestedReceipts()
  const key = Buffer.from('user.Zoë').toString('latin1')
  harness.answerPoll(key, { name: 'Zoë' })
  t.match(harness.firmware.screen, { phase: 'paired', owner: 'Zoë' })
  t.same(harness.violations, [])
})

t.test(
  'one push after a claim and one after an entry are right, a third is a loop (V8)',
  async (t) => {
    const harness = new V3Harness().bootWith()
    harness.answer('passphrase', { value: 'A3XR7M2', expires: harness.nowMs + 3_600_000 })
    harness.nestedReceipts()
    const push = () => {
      harness.answerPoll('user.homeassistant', { name: 'homeassistant' })
      harness.advance(2000)
    }
    push()
    push()
    t.same(harness.violations, [])
    push()
    t.same(harness.violations, ['V8'])
  },
)

t.test('a command to the structure is no push of the pairing (V8)', async (t) => {
  const harness = new V3Harness().evening()
  for (let i = 0; i < 6; i++) {
    harness.advance(2000)
    const seconds = Math.floor(harness.nowMs / 1000)
    harness.answerPoll('structure.default', {
      manual_eco_all: i % 2 === 0,
      manual_eco_timestamp: seconds,
    })
  }
  t.same(harness.violations, [])
})
