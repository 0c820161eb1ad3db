import t from 'tap'
import { decideBucketRemoval } from '../../../src/protocol/thermostat/decide-bucket-removal.ts'
import { NOTHING_HELD } from '../../../src/protocol/thermostat/decision.ts'
import { emptyState } from '../../../src/protocol/thermostat/state.ts'
import { bucket, input, SERIAL, SHARED, state } from '../make.ts'

const USER = 'user.anna'
const STRUCTURE = 'structure.default'
const DIALOG = `device_alert_dialog.${SERIAL}`
const ON_FILE = state(
  {},
  bucket(SHARED, { name: 'Hallway' }),
  bucket('where.4f2a', { wheres: [] }),
  bucket(USER, { name: 'anna' }),
  bucket('user.other', { name: 'other' }),
  bucket(STRUCTURE, { name: 'Home' }),
  bucket(DIALOG, {}),
)
const LISTS_ALL = { ...NOTHING_HELD, count: 1, lists: () => true, listedTimestamp: () => 7 }

t.test('a deleted bucket that a held connection lists is asked for at once', async (t) => {
  const decision = decideBucketRemoval(input(ON_FILE, { held: LISTS_ALL }), 'where.4f2a')
  t.strictSame(decision.reply, { type: 'deleted', asksForUpload: true })
  t.notOk(decision.state.buckets.has('where.4f2a'))
  t.strictSame(decision.pushes, [
    {
      objects: [{ objectKey: 'where.4f2a', revision: 0, timestamp: 0, value: {} }],
      carries: [],
    },
  ])
})

t.test('without such a connection it is only deleted (V5: nor is a poll asked)', async (t) => {
  for (const held of [NOTHING_HELD, { ...LISTS_ALL, polls: true }]) {
    const decision = decideBucketRemoval(input(ON_FILE, { held }), SHARED)
    t.strictSame(decision.reply, { type: 'deleted', asksForUpload: false })
    t.notOk(decision.state.buckets.has(SHARED))
    t.same(decision.pushes, [])
  }
})

t.test('what nle itself keeps for the pairing stays (P11, P13)', async (t) => {
  for (const key of [USER, STRUCTURE, DIALOG]) {
    const decision = decideBucketRemoval(input(ON_FILE), key)
    t.strictSame(decision.reply, { type: 'needed' }, key)
    t.equal(decision.state, ON_FILE)
  }
  const unpaired = { ...ON_FILE, owner: undefined }
  t.match(decideBucketRemoval(input(unpaired), STRUCTURE).reply, { type: 'deleted' })
})

t.test('a user bucket from elsewhere is deleted, and not asked for', async (t) => {
  const decision = decideBucketRemoval(input(ON_FILE, { held: LISTS_ALL }), 'user.other')
  t.strictSame(decision.reply, { type: 'deleted', asksForUpload: false })
})

t.test('no such bucket, no such thermostat', async (t) => {
  t.strictSame(decideBucketRemoval(input(ON_FILE), 'where.none').reply, { type: 'absent' })
  t.equal(decideBucketRemoval(input(emptyState(SERIAL)), SHARED).reply, undefined)
})
