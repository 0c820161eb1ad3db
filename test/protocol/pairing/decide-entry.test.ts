import t from 'tap'
import type { Bucket } from '../../../src/protocol/bucket.ts'
import { decideEntry } from '../../../src/protocol/pairing/decide-entry.ts'
import type { PolledPairing } from '../../../src/protocol/thermostat/state.ts'
import { bucket, CONTACT, input, NOW_MS, SERIAL, state } from '../make.ts'

const USER = bucket('user.anna', { name: 'anna' })
const STRUCTURE = bucket('structure.default', {
  name: 'Chalet',
  devices: [SERIAL],
  manual_eco_all: true,
})

const brief = (buckets: readonly Bucket[]) =>
  buckets.map(({ objectKey, value }) => [objectKey, value])

t.test('E7: a paired thermostat gets the pairing part of its two buckets', async (t) => {
  const { reply, writes, memory } = decideEntry(input(state({}, USER, STRUCTURE)), CONTACT, true)
  t.strictSame(brief(reply), [
    ['user.anna', { name: 'anna' }],
    ['structure.default', { name: 'Chalet', devices: [SERIAL] }],
  ])
  t.match(reply, [{ timestamp: USER.timestamp }, { timestamp: STRUCTURE.timestamp }])
  t.strictSame(writes.buckets, [], 'nothing is written')
  t.equal(memory, input(state()).memory, 'no answer to a subscribe counts as given (P11)')
})

t.test('E7: one that is lost is written again', async (t) => {
  const { reply, writes } = decideEntry(input(state({}, STRUCTURE)), CONTACT, true)
  t.match(reply, [{ objectKey: 'user.anna', revision: 1, timestamp: NOW_MS }, {}])
  t.match(writes.buckets, [{ bucket: { objectKey: 'user.anna', value: { name: 'anna' } } }])
})

t.test('E7: no other caller and no unpaired thermostat gets any', async (t) => {
  t.strictSame(decideEntry(input(state({}, USER, STRUCTURE)), CONTACT, false).reply, [])
  const unpaired = state({ owner: undefined }, STRUCTURE)
  t.strictSame(decideEntry(input(unpaired), CONTACT, true).reply, [])
})

t.test('E3: what the thermostat tells about itself is recorded, trusted or not', async (t) => {
  for (const isTrusted of [true, false]) {
    const contact = { ...CONTACT, facts: { model: 'Display-2.12' } }
    const { writes } = decideEntry(input(state()), contact, isTrusted)
    t.match(writes.device, { model: 'Display-2.12' })
  }
})

t.test('V8: after an entry, polls push the pairing buckets once more', async (t) => {
  const before = state({}, USER, STRUCTURE)
  const told = (polledPairing: PolledPairing | null, isTrusted: boolean) => {
    const device = before.device && { ...before.device, polledPairing }
    return decideEntry(input({ ...before, device }), CONTACT, isTrusted).state.device?.polledPairing
  }
  t.equal(told('both', true), 'none')
  t.equal(told('user', true), 'none')
  t.equal(told('both', false), 'both', 'another caller makes no push')
  t.equal(told(null, true), null, 'a thermostat of v7 lists them')
})
