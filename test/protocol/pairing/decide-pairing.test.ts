import t from 'tap'
import {
  decideClaim,
  decideDismissal,
  decideKeyExpiry,
  decidePassphrase,
  decidePassphraseStatus,
  decideRelease,
  isPairingConfirmed,
} from '../../../src/protocol/pairing/decide-pairing.ts'
import type { EntryKey } from '../../../src/protocol/pairing/entry-key.ts'
import { NO_PASSWORD } from '../../../src/protocol/pairing/password.ts'
import { newDevice } from '../../../src/protocol/thermostat/contact.ts'
import { bucket, CONTACT, held, input, NOW_MS, now, pushedObjects, SERIAL, state } from '../make.ts'

const MINUTE_MS = 60_000
const DIALOG = `device_alert_dialog.${SERIAL}`
const shownDialog = bucket(DIALOG, { dialog_id: 'confirm-pairing', dialog_data: '' })

function key(over: Partial<EntryKey> = {}): EntryKey {
  return {
    code: 'A3XR7M2',
    serial: SERIAL,
    expiresAtSteadyMs: now().steadyMs + 50 * MINUTE_MS,
    createdAtMs: NOW_MS,
    asker: null,
    claimedBy: null,
    claimedAtMs: null,
    ...over,
  }
}
const FRESH = { freshCode: 'FRESH22', ttlS: 3600 }
/** A caller without a password. */
const NOBODY = { password: NO_PASSWORD, pinsAll: false, knownIsSilent: false }
const unpaired = (...entryKeys: EntryKey[]) => state({ owner: undefined, entryKeys })

t.test(
  'P3, P4: an open key is reused, one that expires soon is renewed, else a fresh code is used',
  async (t) => {
    const ask = (...keys: EntryKey[]) =>
      decidePassphrase(input(unpaired(...keys)), CONTACT, FRESH, NOBODY)
    t.match(ask(key()).reply, { value: 'A3XR7M2' })
    t.strictSame(ask(key()).writes.entryKeys, [], 'nothing is written')
    const short = ask(key({ expiresAtSteadyMs: now().steadyMs + 29 * MINUTE_MS }))
    t.match(short.writes.entryKeys, [
      { code: 'A3XR7M2', expiresAtSteadyMs: now(60 * MINUTE_MS).steadyMs },
    ])
    for (const gone of [[], [key({ claimedAtMs: 1 })], [key({ expiresAtSteadyMs: 0 })]]) {
      t.match(ask(...gone).reply, { value: 'FRESH22', expires: NOW_MS + 60 * MINUTE_MS })
    }
  },
)

t.test('P13: a new key shows the dialog to an unpaired thermostat that lists it', async (t) => {
  const ask = (of: ReturnType<typeof state>, listed: Record<string, number>) =>
    decidePassphrase(input(of, { held: held(listed) }), CONTACT, FRESH, NOBODY)
  t.match(pushedObjects(ask(unpaired(), { [DIALOG]: 0 }).pushes[0]), {
    [DIALOG]: { dialog_id: 'confirm-pairing' },
  })
  t.strictSame(
    ask(unpaired(), {}).pushes,
    [],
    'it is only written when the thermostat does not list it',
  )
  t.ok(ask(unpaired(), {}).state.buckets.has(DIALOG))
  t.notOk(ask(state(), { [DIALOG]: 0 }).state.buckets.has(DIALOG))
})

t.test('P9: a claim is one commit, and one body for every connection', async (t) => {
  const before = state({ owner: undefined, entryKeys: [key()] }, shownDialog)
  const decision = decideClaim(input(before, { held: held({ [DIALOG]: 1 }, 2) }), 'A3XR7M2', 'anna')
  t.strictSame(decision.reply, { success: true, serial: SERIAL, subscriptions: 2 })
  t.match(decision.writes.owner, { userId: 'anna' })
  t.match(decision.writes.entryKeys, [{ claimedBy: 'anna', claimedAtMs: NOW_MS }])
  t.equal(decision.pushes.length, 1)
  t.strictSame(pushedObjects(decision.pushes[0]), {
    'user.anna': { name: 'anna' },
    'structure.default': { name: 'Home', devices: [SERIAL] },
    [DIALOG]: { dialog_id: '', dialog_data: '' },
  })
})

t.test('P5: of two claims of one key the second is refused as claimed', async (t) => {
  const first = decideClaim(input(unpaired(key())), 'A3XR7M2', 'anna')
  const second = decideClaim(input(first.state), 'A3XR7M2', 'bert')
  t.strictSame(second.reply, { success: false, reason: 'claimed' })
  t.strictSame(second.writes.entryKeys, [])
})

t.test('P8: unknown and expired keys are refused', async (t) => {
  const refused = (of: ReturnType<typeof state>) => decideClaim(input(of), 'A3XR7M2', 'anna').reply
  t.match(refused(unpaired()), { reason: 'unknown' })
  t.match(refused(unpaired(key({ expiresAtSteadyMs: now().steadyMs }))), { reason: 'expired' })
})

t.test(
  'P10: a claim moves a thermostat, and deletes the user bucket of the former owner',
  async (t) => {
    const before = state({ entryKeys: [key()] }, bucket('user.anna', { name: 'anna' }))
    const { state: after } = decideClaim(input(before), 'A3XR7M2', 'bert')
    t.match(after.owner, { userId: 'bert' })
    t.strictSame([...after.buckets.keys()].sort(), ['structure.default', 'user.bert'])
  },
)

t.test(
  'P7: after the clock was set back, a claim is still later than the one before',
  async (t) => {
    const earlier = key({ code: 'EARLIER', claimedBy: 'anna', claimedAtMs: NOW_MS + 9_000 })
    const { writes } = decideClaim(input(unpaired(earlier, key())), 'A3XR7M2', 'bert')
    t.equal(writes.entryKeys[0]?.claimedAtMs, NOW_MS + 9_001)
  },
)

t.test(
  'P7, P11: a pairing is confirmed once the thermostat lists its user or asked for the status',
  async (t) => {
    const user = bucket('user.anna', { name: 'anna' })
    const paired = state({ entryKeys: [key({ claimedBy: 'anna', claimedAtMs: NOW_MS })] }, user)
    t.equal(isPairingConfirmed(input(paired)), false)
    t.equal(
      isPairingConfirmed(input(paired, { held: held({ 'user.anna': user.timestamp }) })),
      true,
    )
    const told = decidePassphraseStatus(input(paired), NOBODY)
    t.match(told.reply, { status: 'claimed', claimedBy: 'anna', claimedAt: NOW_MS })
    t.equal(isPairingConfirmed(input(paired, { memory: told.memory })), true)
    t.equal(
      isPairingConfirmed(input({ ...paired, owner: undefined }, { memory: told.memory })),
      false,
    )
  },
)

t.test(
  'V8: a thermostat of transport v3 has confirmed once it polls after the push of its user',
  async (t) => {
    const paired = state({}, bucket('user.anna', { name: 'anna' }))
    const isConfirmed = (polledPairing: 'none' | 'user' | 'both') =>
      isPairingConfirmed(
        input({ ...paired, device: paired.device && { ...paired.device, polledPairing } }),
      )
    t.equal(isConfirmed('none'), false)
    t.equal(isConfirmed('user'), false, 'the push may have been lost')
    t.equal(isConfirmed('both'), true)
  },
)

t.test('P13: a dismissal and the expiry of the last key empty the dialog', async (t) => {
  const shown = state({ owner: undefined, entryKeys: [key()] }, shownDialog)
  t.equal(decideDismissal(input(shown)).reply, true)
  t.equal(decideDismissal(input(decideDismissal(input(shown)).state)).reply, false)
  t.equal(decideDismissal(input(state({ device: undefined }))).reply, undefined)
  t.equal(decideKeyExpiry(input(shown)).state, shown, 'a key is still open')
  const expired = decideKeyExpiry(input(shown, { now: now(51 * MINUTE_MS) }))
  t.match(expired.state.buckets.get(DIALOG)?.value, { dialog_id: '' })
})

t.test(
  'only its owner can unpair a thermostat, which loses its keys, password and user bucket',
  async (t) => {
    const password = { salt: '00', hash: 'ff', sinceMs: NOW_MS, otherSeenAtMs: null }
    const device = { ...newDevice(NOW_MS), isPinned: true }
    const before = state(
      { entryKeys: [key()], password, device },
      bucket('user.anna', { name: 'anna' }),
    )
    t.equal(decideRelease(input(before), 'bert').reply, false)
    const { reply, state: after } = decideRelease(input(before), 'anna')
    t.equal(reply, true)
    t.match(after, { owner: undefined, password: undefined, entryKeys: [] })
    t.equal(after.device?.isPinned, false)
    t.notOk(after.buckets.has('user.anna'))
  },
)
