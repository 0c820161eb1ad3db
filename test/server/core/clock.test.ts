import { join } from 'node:path'
import t, { type Test } from 'tap'
import { resolveConfig } from '../../../src/config.ts'
import type { Change } from '../../../src/protocol/delivery/change.ts'
import type { Boot } from '../../../src/protocol/now.ts'
import { decideEntry } from '../../../src/protocol/pairing/decide-entry.ts'
import { openChanges } from '../../../src/protocol/thermostat/state.ts'
import { silentLogger } from '../../../src/server/core/logger.ts'
import type { Pairing } from '../../../src/server/pairing/pairing.ts'
import { makeServices, type Services } from '../../../src/server/services.ts'
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { ManualClock, START_MS } from '../../helpers/manual-clock.ts'
import { decide } from '../../helpers/seed-store.ts'

/** The code that the thermostat shows. */
async function codeOf(pairing: Pairing): Promise<string> {
  return (await pairing.passphrase(CALLER))?.value ?? 'none'
}

const CALLER = { serial: '02AA01AC12345678', network: '192.168.1.10' }
const { serial: SERIAL } = CALLER
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const YEAR_MS = 365 * DAY_MS
/** Housekeeping comes round in this time, and forgets what is old within an hour. */
const SWEEP_MS = 30_000

interface Life extends Services {
  readonly clock: ManualClock
  /** Time passes, and what it brings is on disk. */
  pass(ms: number): Promise<void>
  /** The change of a command that has but one. */
  change(commandId: number): Promise<Change | undefined>
  /** As `kill -9`: nothing more is written. */
  kill(): void
}

/** One life of a server on a file, which starts when the wall clock says `startMs`. */
function live(databasePath: string, startMs: number, boot?: Boot): Life {
  const clock = new ManualClock(startMs)
  const store = new SqliteStore(databasePath, { nowMs: startMs, boot })
  const { config } = resolveConfig({}, {})
  const services = makeServices(store, { config, clock, log: silentLogger })
  services.housekeeping.start()
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms)
    await store.prove()
  }
  const change = async (commandId: number) => (await store.command(commandId))[0]
  return { ...services, clock, pass, change, kill: () => store.close() }
}

function file(t: Test): string {
  return join(t.testdir({}), 'nle.sqlite')
}

for (const [name, bootMs] of [
  ['1970', MINUTE_MS],
  ['ten years ahead', START_MS + 10 * YEAR_MS],
  ['an hour behind, as after a power cut', START_MS - HOUR_MS],
] as const) {
  t.test(`P3, D2, D4: booted at ${name}, set right, restarted: nothing ends early`, async (t) => {
    const path = file(t)
    const first = live(path, bootMs)
    const code = await codeOf(first.pairing)
    const { changeId } = await first.commands.command(SERIAL, 'set_temperature', 21)
    await first.pass(10 * MINUTE_MS)
    first.clock.wallOffsetMs = START_MS - bootMs
    await first.pass(MINUTE_MS)
    const state = await first.core.store.load(SERIAL)
    t.equal(openChanges(state).length, 1, 'nor before the restart')
    first.kill()

    const second = live(path, START_MS + 11 * MINUTE_MS)
    t.teardown(() => second.kill())
    t.strictSame(await second.pairing.passphrase(CALLER), {
      value: code,
      expires: START_MS + HOUR_MS,
    })
    await second.pass(18 * MINUTE_MS)
    t.match(await second.change(changeId), { state: 'queued' }, 'D4: after 29 minutes')
    await second.pass(MINUTE_MS + SWEEP_MS)
    t.match(await second.change(changeId), { state: 'expired' }, 'and not after 30')
    t.match(await second.pairing.claim(code, 'homeassistant'), { success: true })
  })
}

/** What becomes of a code and a setpoint of ten minutes ago, five minutes after the server has ended. */
const JUMPS: readonly [
  name: string,
  jumpMs: number,
  when: 'while stopped' | 'just before the kill' | 'half a minute before',
  afterwards: 'same boot' | 'reboot',
  setpoint: 'queued' | 'expired',
][] = [
  ['not set', 0, 'while stopped', 'same boot', 'queued'],
  ['set ahead', 3 * DAY_MS, 'while stopped', 'same boot', 'queued'],
  ['set back', -3 * DAY_MS, 'while stopped', 'same boot', 'queued'],
  ['set ahead', 3 * DAY_MS, 'just before the kill', 'same boot', 'queued'],
  ['set back', -3 * DAY_MS, 'just before the kill', 'same boot', 'queued'],
  ['set ahead', 3 * DAY_MS, 'half a minute before', 'same boot', 'queued'],
  ['set back', -3 * DAY_MS, 'half a minute before', 'same boot', 'queued'],
  ['not set', 0, 'while stopped', 'reboot', 'queued'],
  // It may have been off for three days, or for three hundred.
  ['set ahead', 3 * DAY_MS, 'while stopped', 'reboot', 'expired'],
  ['set back', -3 * DAY_MS, 'while stopped', 'reboot', 'expired'],
  ['set ahead', 3 * DAY_MS, 'just before the kill', 'reboot', 'expired'],
  ['set back', -3 * DAY_MS, 'just before the kill', 'reboot', 'expired'],
  ['set ahead', 3 * DAY_MS, 'half a minute before', 'reboot', 'queued'],
  ['set back', -3 * DAY_MS, 'half a minute before', 'reboot', 'queued'],
]

for (const [name, jumpMs, when, afterwards, setpoint] of JUMPS) {
  t.test(`P3, D4: the clock ${name} ${when}, ${afterwards}: ${setpoint}`, async (t) => {
    const path = file(t)
    const first = live(path, START_MS, { id: 'first', elapsedMs: HOUR_MS })
    const code = (await first.pairing.passphrase(CALLER))?.value ?? 'none'
    const { changeId } = await first.commands.command(SERIAL, 'set_temperature', 21)
    await first.pass(9 * MINUTE_MS)
    if (when === 'half a minute before') first.clock.wallOffsetMs = jumpMs
    await first.pass(MINUTE_MS)
    if (when === 'just before the kill') first.clock.wallOffsetMs = jumpMs
    first.kill()

    const boot =
      afterwards === 'reboot'
        ? { id: 'second', elapsedMs: MINUTE_MS }
        : { id: 'first', elapsedMs: HOUR_MS + 15 * MINUTE_MS }
    const second = live(path, START_MS + 15 * MINUTE_MS + jumpMs, boot)
    t.teardown(() => second.kill())
    t.match(await second.core.store.keyByCode(code), { serial: SERIAL })
    await second.pass(SWEEP_MS)
    t.match(await second.change(changeId), { state: setpoint })
    await second.pass(5 * MINUTE_MS)
    t.match(await second.pairing.claim(code, 'homeassistant'), { success: true })
    if (setpoint === 'expired') return
    await second.pass(9 * MINUTE_MS)
    t.match(await second.change(changeId), { state: 'queued' }, 'D4: after 29.5 minutes')
    await second.pass(MINUTE_MS)
    t.match(await second.change(changeId), { state: 'expired' }, 'and not after 30.5')
  })
}

t.test('D4: what is decided after the clock was set is understood after a power cut', async (t) => {
  const path = file(t)
  const first = live(path, MINUTE_MS, { id: 'first', elapsedMs: 0 })
  await first.pairing.passphrase(CALLER)
  first.clock.wallOffsetMs = START_MS - MINUTE_MS
  const { changeId } = await first.commands.command(SERIAL, 'set_temperature', 21)
  first.kill()
  const second = live(path, START_MS + 10 * MINUTE_MS, { id: 'second', elapsedMs: 0 })
  t.teardown(() => second.kill())
  await second.pass(19 * MINUTE_MS)
  t.match(await second.change(changeId), { state: 'queued' })
  await second.pass(MINUTE_MS + SWEEP_MS)
  t.match(await second.change(changeId), { state: 'expired' })
})

t.test('when a change went out is known to the next process, on its own clock', async (t) => {
  const path = file(t)
  const first = live(path, START_MS + 10 * YEAR_MS)
  await first.pairing.passphrase(CALLER)
  const { changeId } = await first.commands.command(SERIAL, 'set_temperature', 21)
  const sentAt = first.clock.now()
  await decide(first.core.store, SERIAL, (draft) => {
    for (const change of draft.changes) {
      draft.saveChange({ ...change, state: 'sent', sends: 1, sentAt })
    }
  })
  first.clock.wallOffsetMs = -10 * YEAR_MS
  await first.pass(SWEEP_MS)
  first.kill()
  const second = live(path, START_MS + SWEEP_MS)
  t.teardown(() => second.kill())
  const change = await second.change(changeId)
  t.equal(change?.sentAt?.steadyMs, START_MS, 'on the clock of the process that looks at it')
})

t.test('a clock that runs ten years ahead for an hour takes nothing with it', async (t) => {
  const { pairing, commands, core, clock, pass, kill } = live(file(t), START_MS)
  t.teardown(kill)
  const { store } = core
  const code = await codeOf(pairing)
  const silent = { serial: '02AA01AC00000001', network: '192.168.1.11' }
  await core.presence.decide(silent, (input, contact) => decideEntry(input, contact, false))
  // More than stay in any case.
  for (let n = 0; n < 120; n++) await commands.command(SERIAL, 'set_temperature', 20 + (n % 2))
  clock.wallOffsetMs = 10 * YEAR_MS
  await pass(20 * MINUTE_MS)
  t.match(await store.keyByCode(code), { serial: SERIAL })
  t.match(await store.recentCommands(SERIAL, 1), [[{ state: 'queued' }]], 'what is on its way')
  await pass(2 * HOUR_MS)
  t.ok((await store.load(silent.serial)).device, 'one that called a moment ago')
  t.equal((await store.recentCommands(SERIAL, 200)).length, 120, 'what became of commands')
  clock.wallOffsetMs = 0
  await pass(DAY_MS)
  t.equal((await store.load(silent.serial)).device, undefined, 'a day of silence is what it takes')
})

t.test('P7, P10: who claimed last is the owner, also after the clock was set back', async (t) => {
  const { pairing, core, clock, pass, kill } = live(file(t), START_MS)
  t.teardown(kill)
  clock.wallOffsetMs = 10 * YEAR_MS
  const first = await codeOf(pairing)
  await pairing.claim(first, 'alice')
  clock.wallOffsetMs = 0
  await pairing.claim(await codeOf(pairing), 'homeassistant')
  t.match(await pairing.status(CALLER), { status: 'claimed', claimedBy: 'homeassistant' })
  await pass(SWEEP_MS)
  t.match(
    await pairing.status(CALLER),
    { claimedBy: 'homeassistant' },
    'housekeeping keeps the last one',
  )
  t.equal(await core.store.keyByCode(first), undefined)
  t.match((await core.store.load(SERIAL)).owner, { userId: 'homeassistant' })
})

t.test(
  'who commands without end fills no disk, however seldom old things are looked for',
  async (t) => {
    const { pairing, core, pass, kill } = live(file(t), START_MS)
    t.teardown(kill)
    const { store } = core
    await pairing.passphrase(CALLER)
    await pass(SWEEP_MS)
    await decide(store, SERIAL, (draft) => {
      for (let n = 0; n < 15_000; n++) {
        const change = draft.addChange({
          command: 'set_temperature',
          objectKey: `shared.${SERIAL}`,
          fields: { target_temperature: 20 },
          kind: 'setpoint',
          createdAtMs: START_MS,
          expiresAtSteadyMs: START_MS + HOUR_MS,
        })
        draft.saveChange({ ...change, state: 'superseded', endedAtMs: START_MS, settled: true })
      }
    })
    await pass(SWEEP_MS)
    t.equal((await store.recentCommands(SERIAL, 20_000)).length, 10_000)
  },
)
