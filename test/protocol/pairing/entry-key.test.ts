import fc from 'fast-check'
import t from 'tap'
import {
  claimBuckets,
  DEFAULT_STRUCTURE_KEY,
  DEFAULT_USER_ID,
  structureKeyFor,
  structureValue,
} from '../../../src/protocol/pairing/claim.ts'
import { isPairingDialog, NO_DIALOG, PAIRING_DIALOG } from '../../../src/protocol/pairing/dialog.ts'
import {
  claimRefusal,
  displayCode,
  ENTRY_KEY_ALPHABET,
  type EntryKey,
  keyDecision,
  keyExpiry,
  makeCode,
  normalizeCode,
  passphraseStatus,
  wireExpiry,
} from '../../../src/protocol/pairing/entry-key.ts'
import { pushDocument } from '../../../src/protocol/transport/wire.ts'
import { bucket, fixture, NOW_MS, now, SERIAL } from '../make.ts'

const seed = fixture('pairing')
const MINUTE_MS = 60_000

function key(over: Partial<EntryKey> = {}): EntryKey {
  return {
    code: seed.passphrase.value,
    serial: SERIAL,
    expiresAtSteadyMs: now().steadyMs + 60 * MINUTE_MS,
    createdAtMs: NOW_MS,
    asker: null,
    claimedBy: null,
    claimedAtMs: null,
    ...over,
  }
}

t.test('P2: a code is accepted in every form in which people type it', async (t) => {
  const cases: [string, string | undefined][] = [
    ['A3XR7M2', 'A3XR7M2'],
    ['a3x-r7m2', 'A3XR7M2'],
    ['  A3X-R7M2\n', 'A3XR7M2'],
    ['A3XR-7M2', undefined],
    ['A3X--R7M2', undefined],
    ['A3X R7M2', undefined],
    ['A3XR7M', undefined],
    ['A3XR7M22', undefined],
    ['', undefined],
    ['A3X-R7M\u00c4', undefined],
  ]
  for (const [typed, code] of cases) t.equal(normalizeCode(typed), code, JSON.stringify(typed))
  t.equal(displayCode(seed.passphrase.value), seed.shownAs)
})

t.test('P2: a fresh code has no look-alikes, and can be typed in the displayed form', async (t) => {
  t.notMatch(ENTRY_KEY_ALPHABET, /[01258BILOSZ]/)
  t.equal(new Set(ENTRY_KEY_ALPHABET).size, ENTRY_KEY_ALPHABET.length)
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (randoms) => {
      const code = makeCode((max) => Number(randoms.next().value) % max)
      return normalizeCode(displayCode(code).toLowerCase()) === code
    }),
  )
})

t.test('P3, P4: an open key is reused, and renewed with less than 30 minutes left', async (t) => {
  const { steadyMs } = now()
  const left = (ms: number) => key({ expiresAtSteadyMs: steadyMs + ms })
  const cases: [string, EntryKey | undefined, string][] = [
    ['none', undefined, 'create'],
    ['an hour left', left(60 * MINUTE_MS), 'reuse'],
    ['30 minutes left', left(30 * MINUTE_MS), 'reuse'],
    ['less than 30 minutes', left(30 * MINUTE_MS - 1), 'renew'],
    ['one ms left', left(1), 'renew'],
    ['expired', left(0), 'create'],
    ['claimed', key({ claimedAtMs: NOW_MS, claimedBy: 'x' }), 'create'],
  ]
  for (const [name, open, decision] of cases) t.equal(keyDecision(open, steadyMs), decision, name)
})

t.test('P4: the TTL is at least 35 minutes', async (t) => {
  t.equal(keyExpiry(0, 3600), 3_600_000)
  t.equal(keyExpiry(0, 60), 35 * MINUTE_MS)
})

t.test('P1: expires is a whole number of ms on the wall clock', async (t) => {
  const expires = wireExpiry(key(), { wallMs: NOW_MS + 0.7, steadyMs: now().steadyMs })
  t.equal(expires, NOW_MS + 60 * MINUTE_MS)
})

t.test(
  'P3: the same key has the same expiry, although the clocks differ by milliseconds',
  async (t) => {
    const { wallMs, steadyMs } = now()
    const told = [-1.4, -0.6, 0, 0.3, 1.7].map((ms) =>
      wireExpiry(key(), { wallMs: wallMs + 1000 + ms, steadyMs: steadyMs + 1000 }),
    )
    t.strictSame(new Set(told), new Set([wallMs + 60 * MINUTE_MS]))
  },
)

t.test('P7: the three statuses are those of the seed', async (t) => {
  const claimed = key({ claimedBy: 'homeassistant', claimedAtMs: 1_707_231_000_000 })
  const open = key({ code: 'NEWCODE', expiresAtSteadyMs: 2_000 })
  const at = { wallMs: seed.status.pending.expiresAt - 1_000, steadyMs: 1_000 }
  t.strictSame(passphraseStatus({ claimed: undefined, open: undefined }, at), seed.status.no_key)
  t.strictSame(passphraseStatus({ claimed: undefined, open }, at), seed.status.pending)
  t.strictSame(passphraseStatus({ claimed, open: undefined }, at), seed.status.claimed)
  t.strictSame(
    passphraseStatus({ claimed, open }, at),
    seed.status.claimed,
    'claimed, although it has a new key since',
  )
  t.strictSame(
    passphraseStatus({ claimed: undefined, open }, { ...at, steadyMs: 2_000 }),
    seed.status.no_key,
    'an expired key does not count',
  )
})

t.test('P5: an unknown, claimed or expired code cannot be claimed', async (t) => {
  const { steadyMs } = now()
  t.equal(claimRefusal(undefined, steadyMs), 'unknown')
  t.equal(claimRefusal(key({ claimedAtMs: 1 }), steadyMs), 'claimed')
  t.equal(claimRefusal(key({ expiresAtSteadyMs: steadyMs }), steadyMs), 'expired')
  t.equal(claimRefusal(key(), steadyMs), undefined)
})

t.test('P10: a claim writes the user and the structure of the seed', async (t) => {
  const claim = {
    serial: seed.serial,
    userId: DEFAULT_USER_ID,
    structureKey: DEFAULT_STRUCTURE_KEY,
  }
  const none = { user: undefined, structure: undefined }
  const buckets = claimBuckets(claim, none, () => 0, NOW_MS)
  t.equal(pushDocument(buckets), JSON.stringify(seed.push))
})

t.test(
  'P10, S10: a second claim is newer than the first, and keeps the fields of the home',
  async (t) => {
    const user = bucket('user.homeassistant', { name: 'old', extra: 1 }, { timestamp: NOW_MS + 9 })
    const structure = bucket('structure.x', {
      name: 'Chalet',
      devices: ['02AA01AB00000000'],
      manual_eco_all: true,
    })
    const [u, s] = claimBuckets(
      { serial: SERIAL, userId: 'homeassistant', structureKey: 'structure.x' },
      { user, structure },
      (objectKey) => (objectKey === 'structure.x' ? NOW_MS + 50 : 0),
      NOW_MS,
    )
    t.match(u, { revision: 6, timestamp: NOW_MS + 10, value: { name: 'homeassistant', extra: 1 } })
    t.match(s, {
      revision: 6,
      timestamp: NOW_MS + 51,
      value: { name: 'Chalet', devices: ['02AA01AB00000000', SERIAL], manual_eco_all: true },
    })
    t.strictSame(structureValue(s?.value, SERIAL).devices, ['02AA01AB00000000', SERIAL])
  },
)

t.test('P10: a device keeps the structure key that it brings along', async (t) => {
  const cases: [string, string | undefined, string[], string | undefined][] = [
    ['nothing known', undefined, [], undefined],
    ['nothing listed', 'structure.default', ['user.x'], 'structure.default'],
    ['its own listed', 'structure.a', ['structure.b', 'structure.a'], 'structure.a'],
    ['another listed', 'structure.default', ['structure.b'], 'structure.b'],
    ['another and the default', undefined, ['structure.default', 'structure.b'], 'structure.b'],
    ['only the default', undefined, ['structure.default'], 'structure.default'],
    ['the default after another', 'structure.b', ['structure.default'], 'structure.b'],
  ]
  for (const [name, current, listed, expected] of cases) {
    t.equal(structureKeyFor(current, listed), expected, name)
  }
})

t.test('P13: only the shown dialog is the pairing dialog', async (t) => {
  t.strictSame(PAIRING_DIALOG, { dialog_id: 'confirm-pairing', dialog_data: '' })
  t.ok(isPairingDialog(PAIRING_DIALOG))
  for (const other of [NO_DIALOG, {}, null, 'confirm-pairing']) t.notOk(isPairingDialog(other))
})
