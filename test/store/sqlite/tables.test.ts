import { join } from 'node:path'
import t from 'tap'
import type { EntryKey } from '../../../src/protocol/pairing/entry-key.ts'
import { Store } from '../../../src/store/store.ts'
import { NOW_MS, OTHER, openStore, SERIAL } from './open.ts'

const SHARED = `shared.${SERIAL}`

t.test('devices: who called, what it is, when it was seen', async (t) => {
  const { devices } = openStore(t)
  t.strictSame(devices.get(SERIAL), {
    serial: SERIAL,
    model: null,
    macAddress: null,
    softwareVersion: null,
    structureKey: null,
    firstSeenAtMs: NOW_MS,
    lastSeenAtMs: NOW_MS,
  })
  t.equal(devices.get('NOBODY'), undefined)
  t.strictSame(
    devices.all().map(({ serial }) => serial),
    [SERIAL, OTHER],
  )
  devices.setSeen(SERIAL, NOW_MS + 5.9)
  devices.setFacts(SERIAL, { model: 'Display-2.12', macAddress: '18b430' })
  devices.setFacts(SERIAL, { softwareVersion: '5.9' })
  devices.setStructureKey(SERIAL, 'structure.x')
  t.strictSame(devices.get(SERIAL), {
    serial: SERIAL,
    model: 'Display-2.12',
    macAddress: '18b430',
    softwareVersion: '5.9',
    structureKey: 'structure.x',
    firstSeenAtMs: NOW_MS,
    lastSeenAtMs: NOW_MS + 5,
  })
  t.throws(() => devices.insert(SERIAL, 0), 'a serial is there once')
})

t.test('devices: with one goes all that is its own', async (t) => {
  const { devices, buckets, owners, entryKeys, changes } = openStore(t)
  buckets.put(SERIAL, { objectKey: SHARED, revision: 1, timestamp: 1, value: {} })
  owners.ensureUser('u', 0)
  owners.set(SERIAL, 'u', 0)
  entryKeys.insert(key({ code: 'AAAAAAA' }))
  const { id } = changes.insert(newChange(), undefined)
  t.equal(devices.countUnpaired(), 1)
  t.equal(devices.delete(SERIAL), true)
  t.equal(devices.delete(SERIAL), false)
  t.strictSame(buckets.summaries(), [])
  t.equal(owners.get(SERIAL), undefined)
  t.equal(entryKeys.get('AAAAAAA'), undefined)
  t.equal(changes.get(id), undefined)
  t.ok(devices.get(OTHER))
})

t.test('devices: forgets who called once and never sent or paired', async (t) => {
  const rows: [string, (store: ReturnType<typeof openStore>) => void, boolean][] = [
    ['nothing of it', () => {}, true],
    [
      'a dialog is nothing',
      (s) =>
        s.buckets.put(SERIAL, {
          objectKey: `device_alert_dialog.${SERIAL}`,
          revision: 1,
          timestamp: 1,
          value: {},
        }),
      true,
    ],
    ['an expired code', (s) => s.entryKeys.insert(key({ expiresAtSteadyMs: 99 })), true],
    ['an open code', (s) => s.entryKeys.insert(key({ expiresAtSteadyMs: 101 })), false],
    [
      'a bucket',
      (s) => s.buckets.put(SERIAL, { objectKey: SHARED, revision: 1, timestamp: 1, value: {} }),
      false,
    ],
    [
      'an owner',
      (s) => {
        s.owners.ensureUser('u', 0)
        s.owners.set(SERIAL, 'u', 0)
      },
      false,
    ],
    ['heard of since', (s) => s.devices.setSeen(SERIAL, NOW_MS + 10), false],
  ]
  for (const [name, prepare, forgotten] of rows) {
    await t.test(name, async (t) => {
      const store = openStore(t)
      prepare(store)
      t.strictSame(store.devices.forgetSilent(NOW_MS + 1, 100), forgotten ? [SERIAL] : [])
      t.equal(store.devices.get(SERIAL) === undefined, forgotten)
    })
  }
})

t.test('buckets: of one thermostat, by key', async (t) => {
  const { buckets } = openStore(t)
  const value = { zero: 0, text: 'ü “”', nested: { list: [1, null, { x: false }] } }
  const bucket = { objectKey: SHARED, revision: 3, timestamp: 8.64e15, value }
  t.equal(buckets.get(SERIAL, SHARED), undefined)
  buckets.put(SERIAL, bucket)
  t.strictSame(buckets.get(SERIAL, SHARED), bucket)
  t.equal(buckets.get(OTHER, SHARED), undefined, 'each thermostat has its own')
  buckets.put(SERIAL, { ...bucket, revision: 4, value: {} })
  t.match(buckets.get(SERIAL, SHARED), { revision: 4, value: {} })
  buckets.put(SERIAL, { objectKey: 'a.b', revision: 1, timestamp: 1, value: { é: 1 } })
  t.strictSame(buckets.versions(SERIAL), [
    { objectKey: 'a.b', revision: 1, timestamp: 1 },
    { objectKey: SHARED, revision: 4, timestamp: 8.64e15 },
  ])
  t.strictSame(
    buckets.ofDevice(SERIAL).map(({ objectKey }) => objectKey),
    ['a.b', SHARED],
  )
  buckets.put(OTHER, { objectKey: 'a.b', revision: 1, timestamp: 1, value: {} })
  t.equal(buckets.summaries().length, 3)
  t.match(buckets.summaries(SERIAL)[0], { serial: SERIAL, objectKey: 'a.b', size: 8 }, 'in bytes')
  buckets.rename(SERIAL, 'a.b', 'a.c')
  t.match(buckets.get(SERIAL, 'a.c'), { value: { é: 1 } })
  t.equal(buckets.delete(SERIAL, 'a.c'), true)
  t.equal(buckets.delete(SERIAL, 'a.c'), false)
  t.throws(() => buckets.put('NOBODY', bucket), /FOREIGN KEY/)
})

function key(over: Partial<EntryKey> = {}): EntryKey {
  return {
    code: 'A3XR7M4',
    serial: SERIAL,
    expiresAtSteadyMs: 1_000,
    createdAtMs: NOW_MS,
    claimedBy: null,
    claimedAtMs: null,
    ...over,
  }
}

t.test('P2, P3: entry keys, by code and by thermostat', async (t) => {
  const { entryKeys } = openStore(t)
  entryKeys.insert(key())
  t.strictSame(entryKeys.get('A3XR7M4'), key())
  t.strictSame(entryKeys.openOf(SERIAL, 999), key())
  t.equal(entryKeys.openOf(SERIAL, 1_000), undefined, 'over')
  t.equal(entryKeys.openOf(OTHER, 0), undefined)
  t.throws(() => entryKeys.insert(key({ serial: OTHER })), /UNIQUE/)
  entryKeys.renew('A3XR7M4', 5_000)
  t.match(entryKeys.openOf(SERIAL, 4_999), { code: 'A3XR7M4' })
  entryKeys.insert(key({ code: 'AAAAAAA', serial: OTHER }))
  t.strictSame(
    entryKeys.allOpen(0).map(({ code }) => code),
    ['A3XR7M4', 'AAAAAAA'],
  )
  entryKeys.clampExpiry(2_000)
  t.strictSame(
    entryKeys.allOpen(0).map(({ expiresAtSteadyMs }) => expiresAtSteadyMs),
    [2_000, 1_000],
    'none later than this',
  )
  entryKeys.deleteOf(SERIAL)
  t.equal(entryKeys.get('A3XR7M4'), undefined)
})

t.test('P5, P7: a key is claimed once, and the last claim of a device is known', async (t) => {
  const { entryKeys } = openStore(t)
  entryKeys.insert(key())
  t.equal(entryKeys.claimedOf(SERIAL), undefined)
  t.equal(entryKeys.claim('NOTHING', 'a', NOW_MS), false)
  t.equal(entryKeys.claim('A3XR7M4', 'a', NOW_MS), true)
  t.equal(entryKeys.claim('A3XR7M4', 'b', NOW_MS), false)
  t.match(entryKeys.claimedOf(SERIAL), { claimedBy: 'a', claimedAtMs: NOW_MS })
  t.equal(entryKeys.openOf(SERIAL, 0), undefined)
  entryKeys.insert(key({ code: 'AAAAAAA' }))
  t.match(entryKeys.claimedOf(SERIAL), { claimedBy: 'a' }, 'a new key changes nothing')
  entryKeys.claim('AAAAAAA', 'b', NOW_MS)
  t.match(entryKeys.claimedOf(SERIAL), { claimedBy: 'b' }, 'at the same instant, too')
})

t.test('entry keys: what is over is found, and forgotten in time', async (t) => {
  const { entryKeys } = openStore(t)
  entryKeys.insert(key({ code: 'OLD', expiresAtSteadyMs: 100 }))
  t.strictSame(entryKeys.expiredSerials(99), [])
  t.strictSame(entryKeys.expiredSerials(100), [SERIAL])
  entryKeys.insert(key({ code: 'NEW', expiresAtSteadyMs: 500 }))
  t.strictSame(entryKeys.expiredSerials(100), [], 'it shows another one by now')
  t.equal(entryKeys.prune(100), 0)
  t.equal(entryKeys.prune(101), 1)
  t.ok(entryKeys.get('NEW'))
  for (const [i, code] of ['C1', 'C2'].entries()) {
    entryKeys.insert(key({ code }))
    entryKeys.claim(code, 'u', NOW_MS + i)
  }
  t.equal(entryKeys.prune(0), 1, 'a claim that a newer one replaced')
  t.match(entryKeys.claimedOf(SERIAL), { code: 'C2' })
})

t.test('owners: one for each thermostat', async (t) => {
  const { owners, devices } = openStore(t)
  t.throws(() => owners.set(SERIAL, 'unknown', 0), /FOREIGN KEY/)
  t.equal(owners.ensureUser('a', NOW_MS), true)
  t.equal(owners.ensureUser('a', NOW_MS, 'a@example.org'), false)
  t.equal(owners.ensureUser('b', NOW_MS), true)
  owners.set(SERIAL, 'a', NOW_MS)
  owners.set(OTHER, 'a', NOW_MS + 5)
  t.strictSame(
    owners.ofUser('a').map(({ serial }) => serial),
    [OTHER, SERIAL],
    'newest first',
  )
  owners.set(SERIAL, 'b', NOW_MS + 9)
  t.strictSame(owners.get(SERIAL), { serial: SERIAL, userId: 'b', createdAtMs: NOW_MS + 9 })
  t.equal(owners.all().length, 2)
  t.equal(devices.countUnpaired(), 0)
  t.equal(owners.delete(SERIAL, 'a'), false, 'not the owner')
  t.equal(owners.delete(SERIAL, 'b'), true)
  t.equal(owners.get(SERIAL), undefined)
})

function newChange(over: object = {}) {
  return {
    serial: SERIAL,
    command: 'set_temperature',
    objectKey: SHARED,
    fields: { target_temperature: 21 },
    kind: 'setpoint' as const,
    createdAtMs: NOW_MS,
    expiresAtSteadyMs: 1_000,
    ...over,
  }
}

t.test('D2: a change comes back as it was written, whatever became of it', async (t) => {
  const { changes } = openStore(t)
  const first = changes.insert(newChange(), undefined)
  const second = changes.insert(newChange({ objectKey: 'a.b' }), first.commandId)
  t.equal(first.commandId, first.id)
  t.equal(second.commandId, first.id)
  t.strictSame(changes.get(first.id), first)
  t.strictSame(changes.ofCommand(first.id), [first, second])
  const version = { revision: 6, timestamp: NOW_MS }
  const rows = [
    { ...first, fields: { a: null, b: [1] } },
    { ...first, state: 'sent' as const, sends: 1, sentAt: { wallMs: 5, steadyMs: 6 } },
    { ...first, push: { ...version, stampedAtMs: 7, since: null } },
    { ...first, push: { ...version, stampedAtMs: 7, since: { revision: 4, timestamp: 3 } } },
    { ...first, state: 'ignored' as const, endedAtMs: 9, reason: 'why' },
    { ...first, state: 'confirmed' as const, endedAtMs: 9, settled: true },
  ]
  for (const change of rows) {
    changes.update(change)
    t.strictSame(changes.get(first.id), change)
  }
})

t.test('open changes, and those that ended under way', async (t) => {
  const { changes } = openStore(t)
  const [queued, sent, lost, over] = [0, 1, 2, 3].map(() => changes.insert(newChange(), undefined))
  if (!queued || !sent || !lost || !over) throw new Error('nothing was written')
  changes.insert(newChange({ serial: OTHER }), undefined)
  changes.update({ ...sent, state: 'sent' })
  changes.update({ ...lost, state: 'expired', endedAtMs: NOW_MS })
  changes.update({ ...over, state: 'expired', endedAtMs: NOW_MS, settled: true })
  const ids = (list: readonly { id: number }[]) => list.map(({ id }) => id)
  t.strictSame(ids(changes.open(SERIAL)), [queued.id, sent.id])
  t.strictSame(ids(changes.tracked(SERIAL)), [queued.id, sent.id, lost.id])
  t.strictSame(ids(changes.expired(999)), [])
  t.equal(changes.expired(1_000).length, 3, 'D4: of any thermostat, what is still open')
  changes.clampExpiry('setpoint', 500)
  t.equal(changes.expired(500).length, 3)
  t.equal(changes.prune(NOW_MS, { least: 0, most: 99 }), 0)
  t.equal(changes.prune(NOW_MS + 1, { least: 0, most: 0 }), 2, 'what is open is never forgotten')
  t.equal(changes.get(over.id), undefined)
  t.equal(changes.get(lost.id), undefined, 'nor kept for ever, what the device never showed')
})

t.test('changes that ended: how many are kept, whatever the clock says', async (t) => {
  const { changes } = openStore(t)
  const end = (serial: string): number => {
    const change = changes.insert(newChange({ serial }), undefined)
    changes.update({ ...change, state: 'expired', endedAtMs: NOW_MS, settled: true })
    return change.id
  }
  const others = [end(OTHER), end(OTHER)]
  const mine = Array.from({ length: 10 }, () => end(SERIAL))
  const left = (): number[] => changes.recent(undefined, 99).map(({ id }) => id)
  const all = [...others, ...mine].reverse()
  t.equal(changes.prune(NOW_MS, { least: 2, most: 12 }), 0)
  t.strictSame(left(), all)
  changes.prune(NOW_MS, { least: 2, most: 8 })
  t.strictSame(left(), [...mine.slice(-8).reverse(), ...others.toReversed()], 'the oldest go')
  changes.prune(NOW_MS + 1e12, { least: 2, most: 8 })
  t.strictSame(left(), [...mine.slice(-2).reverse(), ...others.toReversed()], 'the last ones stay')
})

t.test('the steady clock of another process: what has time left has as much again', async (t) => {
  const path = join(t.testdir({}), 'nle.sqlite')
  const first = new Store(path, { nowMs: NOW_MS })
  first.devices.insert(SERIAL, NOW_MS)
  first.entryKeys.insert(key({ expiresAtSteadyMs: 1_000 }))
  const change = first.changes.insert(newChange(), undefined)
  first.changes.update({ ...change, sentAt: { wallMs: 5, steadyMs: 6 } })
  const schedule = first.changes.insert(newChange({ expiresAtSteadyMs: null }), undefined)
  first.wallClock.setAhead(NOW_MS)
  first.close()
  for (const life of ['the next one', 'the one after that']) {
    const store = new Store(path, { nowMs: NOW_MS })
    t.equal(store.wallClock.aheadMs(), 0)
    t.match(store.entryKeys.get('A3XR7M4'), { expiresAtSteadyMs: NOW_MS + 1_000 }, life)
    t.match(store.changes.get(change.id), {
      expiresAtSteadyMs: NOW_MS + 1_000,
      sentAt: { wallMs: 5, steadyMs: NOW_MS + 6 },
    })
    t.match(store.changes.get(schedule.id), { expiresAtSteadyMs: null, sentAt: null })
    store.close()
  }
})

t.test('who only looks, or writes beside a server, leaves its clock alone', async (t) => {
  const path = join(t.testdir({}), 'nle.sqlite')
  const server = new Store(path, { nowMs: NOW_MS })
  server.wallClock.setAhead(5_000)
  for (const options of [{ readonly: true }, { besideServer: true }]) {
    new Store(path, { nowMs: NOW_MS, ...options }).close()
    t.equal(server.wallClock.aheadMs(), 5_000)
  }
  server.close()
})

t.test('the last commands, newest first, with all that each of them set', async (t) => {
  const { changes } = openStore(t)
  const away = changes.insert(newChange({ command: 'set_away' }), undefined)
  changes.insert(newChange({ command: 'set_away', objectKey: 'a.b' }), away.commandId)
  const warm = changes.insert(newChange(), undefined)
  changes.insert(newChange({ serial: OTHER }), undefined)
  const commands = (serial: string | undefined, limit: number) =>
    changes.recentCommands(serial, limit).map((parts) => parts.map(({ id }) => id - away.id))
  t.strictSame(commands(SERIAL, 9), [[warm.id - away.id], [0, 1]])
  t.strictSame(commands(SERIAL, 1), [[2]])
  t.strictSame(commands(undefined, 9), [[3], [2], [0, 1]])
  t.strictSame(
    changes.recent(undefined, 2).map(({ serial }) => serial),
    [OTHER, SERIAL],
  )
})
