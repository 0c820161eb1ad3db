import t from 'tap'
import {
  decideCaller,
  decidePin,
  decideRepin,
} from '../../../src/protocol/pairing/decide-caller.ts'
import {
  decideClaim,
  decidePassphrase,
  decidePassphraseStatus,
} from '../../../src/protocol/pairing/decide-pairing.ts'
import type { EntryKey } from '../../../src/protocol/pairing/entry-key.ts'
import {
  type KnownPassword,
  NO_PASSWORD,
  type PasswordHash,
  type PresentedPassword,
} from '../../../src/protocol/pairing/password.ts'
import {
  codeRefusal,
  isPairedAnew,
  pinningOf,
} from '../../../src/protocol/pairing/password-rules.ts'
import { newDevice } from '../../../src/protocol/thermostat/contact.ts'
import type { ThermostatState } from '../../../src/protocol/thermostat/state.ts'
import { CONTACT, input, NOW_MS, now, SERIAL, state } from '../make.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** A password whose hash shows its text; each request salts it anew. */
let salts = 0
function password(text: string): PresentedPassword {
  const made = { salt: String(salts++), hash: text }
  return { matches: ({ hash }) => hash === text, hash: () => made }
}

function known(text: string, over: Partial<KnownPassword> = {}): KnownPassword {
  return { salt: 'known', hash: text, sinceMs: NOW_MS, otherSeenAtMs: null, ...over }
}

function key(asker: PasswordHash | null, over: Partial<EntryKey> = {}): EntryKey {
  return {
    code: 'A3XR7M2',
    serial: SERIAL,
    expiresAtSteadyMs: now(50 * 60_000).steadyMs,
    createdAtMs: NOW_MS,
    asker,
    claimedBy: null,
    claimedAtMs: null,
    ...over,
  }
}

const by = (
  text: string | undefined,
  over: { pinsAll?: boolean; knownIsSilent?: boolean } = {},
) => ({
  password: text === undefined ? NO_PASSWORD : password(text),
  pinsAll: false,
  knownIsSilent: false,
  ...over,
})
const SILENT = { knownIsSilent: true }
const PINNED = { pinsAll: true }
const FRESH = { freshCode: 'FRESH22', ttlS: 3600 }

const ask = (of: ThermostatState, asker: ReturnType<typeof by>) =>
  decidePassphrase(input(of), CONTACT, FRESH, asker)

t.test('P6: who gets the code of a thermostat', (t) => {
  const paired = state({ password: known('one') })
  const shown = (asker: string, owner?: ThermostatState['owner']) =>
    state({ owner, entryKeys: [key({ salt: 'x', hash: asker })] })
  const reset = state({ password: known('one'), entryKeys: [key({ salt: 'x', hash: 'two' })] })
  const repeated = state({ password: known('one'), entryKeys: [key(known('one'))] })
  const rows: [string, ThermostatState, ReturnType<typeof by>, string | undefined][] = [
    ['the known password', paired, by('one'), undefined],
    ['another one', paired, by('two'), 'wait'],
    ['none', paired, by(undefined), 'wait'],
    ['another one, pinned', paired, by('two', PINNED), 'wait'],
    ['another one after silence', paired, by('two', SILENT), undefined],
    ['the same, pinned', paired, by('two', { ...SILENT, ...PINNED }), undefined],
    ['none after silence', paired, by(undefined, SILENT), undefined],
    ['nothing known', state(), by('two'), undefined],
    ['unpaired, another one than before', shown('one'), by('two'), undefined],
    ['the same, pinned', shown('one'), by('two', PINNED), 'other asker'],
    ['the same, none', shown('one'), by(undefined, PINNED), 'other asker'],
    ['the same one, pinned', shown('one'), by('one', PINNED), undefined],
    ['a third one after a reset', reset, by('three', { ...SILENT, ...PINNED }), 'other asker'],
    ['the reset one again', reset, by('two', { ...SILENT, ...PINNED }), undefined],
    ['the reset one, while the known one is back', reset, by('two'), 'wait'],
    ['after its own poll of before', repeated, by('two', { ...SILENT, ...PINNED }), undefined],
  ]
  for (const [name, of, asker, expected] of rows) {
    t.equal(codeRefusal(of, asker, now().steadyMs), expected, name)
    const { reply, writes } = ask(of, asker)
    t.equal('refused' in reply ? reply.refused : undefined, expected, name)
    if (expected !== undefined) t.strictSame(writes.entryKeys, [], 'nothing is written')
  }
  t.end()
})

t.test('P6: a thermostat that was reset is paired anew, under its new password', (t) => {
  const before = state({
    password: known('one'),
    entryKeys: [key(known('one'))],
    device: { ...newDevice(NOW_MS), isPinned: true },
  })
  t.notOk(isPairedAnew(before, now().steadyMs), 'its own poll of before is nothing new')
  const asked = ask(before, by('two', SILENT))
  t.match(asked.reply, { value: 'A3XR7M2' }, 'P3: the code stays')
  t.ok(isPairedAnew(asked.state, now().steadyMs))
  t.match(asked.notes, [{ level: 'warn', event: /shows a new code/ }])
  t.ok(asked.isChanged, 'people are told')
  t.strictSame(ask(asked.state, by('two', SILENT)).notes, [], 'once')
  t.equal(asked.state.password?.hash, 'one', 'until somebody claims it')
  const claimed = decideClaim(input(asked.state), 'A3XR7M2', 'anna')
  t.match(claimed.state, { password: { hash: 'two', sinceMs: NOW_MS }, device: { isPinned: true } })
  t.notOk(isPairedAnew(claimed.state, now().steadyMs))
  t.end()
})

t.test('P6: a claim by the known password, or by none, keeps it or forgets it', (t) => {
  const password = known('one', { sinceMs: NOW_MS - DAY_MS })
  const claim = (asker: PasswordHash | null) =>
    decideClaim(input(state({ password, entryKeys: [key(asker)] })), 'A3XR7M2', 'anna').state
  t.equal(claim({ salt: password.salt, hash: 'one' }).password, password)
  t.equal(claim(null).password, undefined)
  t.end()
})

t.test('P7: a thermostat that was reset hears of its new code, not of the claim of before', (t) => {
  const earlier = key(null, { code: 'EARLIER', claimedBy: 'anna', claimedAtMs: NOW_MS - HOUR_MS })
  const entryKeys = [earlier, key({ salt: 'x', hash: 'two' })]
  const reset = state({ password: known('one'), entryKeys })
  t.match(decidePassphraseStatus(input(reset), by('two')).reply, { status: 'pending' })
  t.match(decidePassphraseStatus(input(reset), by('one')).reply, { status: 'claimed' })
  t.end()
})

t.test('I4: the first password of a paired thermostat is remembered, and stays', (t) => {
  const first = decideCaller(input(state()), by('one'))
  t.equal(first.reply, 'known')
  t.match(first.state.password, { hash: 'one', sinceMs: NOW_MS, otherSeenAtMs: null })
  const again = decideCaller(input(first.state), by('one'))
  t.equal(again.state, first.state, 'nothing is written')
  t.equal(decideCaller(input(state()), by(undefined)).reply, 'nameless')
  t.equal(decideCaller(input(state({ owner: undefined })), by('one')).writes.password, undefined)
  t.end()
})

t.test('I4: another password is accepted, and noted once an hour', (t) => {
  const before = state({ password: known('one') })
  for (const asker of [by('two'), by(undefined)]) {
    const other = decideCaller(input(before), asker)
    t.equal(other.reply, 'accepted')
    t.match(other.state.password, { hash: 'one', otherSeenAtMs: NOW_MS })
    const soon = decideCaller(input(other.state, { now: now(HOUR_MS - 1) }), asker)
    t.equal(soon.state, other.state)
    const later = decideCaller(input(other.state, { now: now(HOUR_MS) }), asker)
    t.equal(later.state.password?.otherSeenAtMs, NOW_MS + HOUR_MS)
  }
  t.end()
})

t.test('I4: another one takes its place once it is silent, unless it is pinned', (t) => {
  const before = state({ password: known('one') })
  const replaced = decideCaller(input(before), by('two', SILENT))
  t.match(replaced.state.password, { hash: 'two' })
  t.match(replaced.notes, [{ level: 'warn', event: /another password now/ }])
  t.match(decideCaller(input(before), by(undefined, SILENT)).state.password, { hash: 'one' })
  const pinned = state({
    password: known('one'),
    device: { ...newDevice(NOW_MS), isPinned: true },
  })
  for (const refused of [
    decideCaller(input(pinned), by('two', SILENT)),
    decideCaller(input(pinned), by(undefined)),
    decideCaller(input(before), by('two', { ...PINNED, ...SILENT })),
  ]) {
    t.equal(refused.reply, 'refused')
    t.strictSame(refused.writes.password, undefined)
  }
  t.equal(decideCaller(input(pinned), by('one')).reply, 'known')
  t.end()
})

t.test('a thermostat is pinned to its known password, and to the next one after repin', (t) => {
  t.equal(decidePin(input(state()), true).reply, false, 'none is known')
  t.equal(decidePin(input(state({ device: undefined })), true).reply, undefined)
  const pinned = decidePin(input(state({ password: known('one') })), true)
  t.equal(pinned.reply, true)
  t.equal(pinned.state.device?.isPinned, true)
  const forgotten = decideRepin(input(pinned.state))
  t.match(forgotten.state, { password: undefined, device: { isPinned: true } })
  const next = decideCaller(input(forgotten.state), by('two'))
  t.match(next.state.password, { hash: 'two' })
  t.equal(decideCaller(input(next.state), by('one')).reply, 'refused')
  t.equal(decidePin(input(next.state), false).state.device?.isPinned, false)
  t.equal(decideRepin(input(state())).reply, false)
  t.equal(decideRepin(input(state({ device: undefined }))).reply, undefined)
  t.end()
})

t.test('a week with one password, and no other, is safe to pin', (t) => {
  const after = (ms: number, over: Partial<KnownPassword> = {}, pinsAll = false) =>
    pinningOf(
      state({
        password: known('one', over),
        device: { ...newDevice(NOW_MS), lastSeenAtMs: NOW_MS + ms },
      }),
      pinsAll,
    )
  t.equal(after(7 * DAY_MS), 'ready')
  t.equal(after(7 * DAY_MS - 1), 'watched')
  t.equal(after(7 * DAY_MS, { otherSeenAtMs: NOW_MS + 1 }), 'watched')
  t.equal(after(8 * DAY_MS, { otherSeenAtMs: NOW_MS + DAY_MS }), 'ready')
  t.equal(after(0, {}, true), 'pinned')
  t.equal(pinningOf(state(), false), 'unknown')
  t.equal(pinningOf(state({ owner: undefined, password: known('one') }), false), 'unknown')
  t.end()
})
