import t from 'tap'
import { accessFor, pairingOnly } from '../../../src/protocol/pairing/pairing-only.ts'

t.test(
  'a thermostat has full access when it is owned, and pairing access with an open key',
  async (t) => {
    const [owned, asking, stranger] = [
      { isOwned: true, hasOpenKey: false },
      { isOwned: false, hasOpenKey: true },
      { isOwned: false, hasOpenKey: false },
    ]
    t.strictSame(
      [owned, asking, stranger].map((each) => accessFor(true, each)),
      ['full', 'pairing', 'none'],
    )
    t.equal(accessFor(false, stranger), 'full', 'without the setting')
  },
)

t.test('a subscribe is cut down to what pairing needs, without values', async (t) => {
  const listed = (objectKey: string, timestamp: number) => ({
    objectKey,
    revision: 1,
    timestamp,
    value: { name: 'x' },
  })
  const kept = pairingOnly({
    form: 'chunked',
    objects: [
      listed('user.anna', 0),
      listed('structure.home', 5),
      listed('structure.new', 0),
      listed('device_alert_dialog.02AA01AC0000000001', 0),
      listed('shared.02AA01AC0000000001', 5),
    ],
  })
  t.strictSame(kept, {
    form: 'chunked',
    objects: [
      { objectKey: 'user.anna', revision: 1, timestamp: 0 },
      { objectKey: 'structure.home', revision: 1, timestamp: 5 },
      { objectKey: 'device_alert_dialog.02AA01AC0000000001', revision: 1, timestamp: 0 },
    ],
  })
})
