import type { Test } from 'tap'
import { NleError } from '../../src/errors.ts'
import type { Change } from '../../src/protocol/delivery/change.ts'
import type { EntryKey } from '../../src/protocol/pairing/entry-key.ts'
import { newDevice } from '../../src/protocol/thermostat/contact.ts'
import { NOTHING_HELD } from '../../src/protocol/thermostat/decision.ts'
import { Draft } from '../../src/protocol/thermostat/draft.ts'
import { NO_MEMORY } from '../../src/protocol/thermostat/memory.ts'
import { emptyState, openChanges } from '../../src/protocol/thermostat/state.ts'
import { MQTT, type Store, type Token } from '../../src/store/store.ts'
import { decide, meet } from '../helpers/seed-store.ts'

/**
 * The tests of every store engine. The test of an engine runs this suite with its own way to open a store;
 * `reopen` opens the same store again, as the next process does.
 */
export interface Engine {
  open(t: Test): Promise<Store>
  reopen(store: Store): Promise<Store>
}

export const NOW_MS = 1_707_148_800_000
export const SERIAL = '02AA01AC12345678'
export const OTHER = '09AA01AB12345678'
const SHARED = `shared.${SERIAL}`
const NOW = { wallMs: NOW_MS, steadyMs: NOW_MS }

export function storeSuite(t: Test, engine: Engine): void {
  t.test('a thermostat that is not on file has an empty state', async (t) => {
    const store = await engine.open(t)
    t.strictSame(await store.load(SERIAL), emptyState(SERIAL))
    t.strictSame(await store.thermostats(), [])
  })

  t.test('a decision is loaded again, by this process and by the next', async (t) => {
    const first = await engine.open(t)
    const pin = { salt: '00', hash: 'ff', pinnedAtMs: NOW_MS }
    await decide(first, SERIAL, (draft) => {
      draft.setDevice({ ...newDevice(NOW_MS), model: 'Display-2.12', structureKey: 'structure.x' })
      draft.setOwner({ userId: 'anna', createdAtMs: NOW_MS })
      draft.setPin(pin)
      draft.putKey(key())
      draft.putBucket(
        { objectKey: SHARED, revision: 3, timestamp: 7, value: { name: 'é\u0000' } },
        '',
      )
      draft.addChange(newChange())
    })
    const isOnFile = async (store: Store): Promise<void> => {
      const state = await store.load(SERIAL)
      t.match(state.device, { model: 'Display-2.12', structureKey: 'structure.x' })
      t.strictSame(state.owner, { userId: 'anna', createdAtMs: NOW_MS })
      t.strictSame(state.pin, pin)
      t.strictSame(state.entryKeys, [key()])
      t.strictSame(state.buckets.get(SHARED)?.value, { name: 'é\u0000' })
      t.equal(state.buckets.get(SHARED)?.length, JSON.stringify({ name: 'é\u0000' }).length)
      t.match(state.changes, [{ id: 1, commandId: 1, state: 'queued', fields: { a: 1 } }])
      t.strictSame(await store.users(), ['anna'], 'the user is on file with the ownership')
    }
    await isOnFile(first)
    await isOnFile(await engine.reopen(first))
  })

  t.test('a decision that throws writes nothing, and other decisions stand', async (t) => {
    const store = await engine.open(t)
    await meet(store, SERIAL, NOW_MS)
    const refused = new NleError('too_large', 'no')
    const results = await Promise.allSettled([
      decide(store, SERIAL, (draft) => draft.putBucket(bucket({ a: 1 }), '')),
      decide(store, SERIAL, (draft) => {
        draft.putBucket(bucket({ a: 2 }), '')
        throw refused
      }),
      meet(store, OTHER, NOW_MS),
    ])
    t.strictSame(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    t.match(results[1], { reason: refused })
    t.strictSame((await store.load(SERIAL)).buckets.get(SHARED)?.value, { a: 1 })
  })

  t.test('a decision sees the writes of the one before it in the same turn', async (t) => {
    const store = await engine.open(t)
    await meet(store, SERIAL, NOW_MS)
    const count = (): Promise<number> =>
      decide(store, SERIAL, (draft) => {
        const seen = Number(draft.bucket(SHARED)?.value.count ?? 0)
        draft.putBucket(bucket({ count: seen + 1 }), '')
        return seen
      })
    t.strictSame(await Promise.all([count(), count(), count()]), [0, 1, 2])
  })

  t.test(
    'buckets and keys that were deleted are gone; a removed thermostat leaves nothing',
    async (t) => {
      const store = await engine.open(t)
      await meet(store, OTHER, NOW_MS)
      await meet(store, SERIAL, NOW_MS)
      await decide(store, SERIAL, (draft) => {
        draft.putBucket(bucket({}), '')
        draft.putKey(key())
        draft.setOwner({ userId: 'anna', createdAtMs: NOW_MS })
      })
      await decide(store, SERIAL, (draft) => {
        draft.deleteBucket(SHARED)
        draft.deleteKeys()
        draft.setOwner(null)
      })
      t.match(await store.load(SERIAL), { owner: undefined, entryKeys: [], buckets: new Map() })
      t.equal(await store.keyByCode('AAAAAAA'), undefined)

      await decide(store, SERIAL, (draft) => draft.addChange(newChange()))
      await decide(store, SERIAL, (draft) => draft.remove())
      t.strictSame(await store.load(SERIAL), emptyState(SERIAL))
      t.strictSame(await store.command(1), [])
      t.strictSame(
        (await store.thermostats()).map(({ serial }) => serial),
        [OTHER],
      )
    },
  )

  t.test('ids of changes only grow, after a deletion and a restart too', async (t) => {
    const store = await engine.open(t)
    await meet(store, SERIAL, NOW_MS)
    const add = (from: Store, serial: string): Promise<Change> =>
      decide(from, serial, (draft) => draft.addChange(newChange()))
    t.equal((await add(store, SERIAL)).id, 1)
    t.equal((await add(store, SERIAL)).id, 2)
    await decide(store, SERIAL, (draft) => draft.remove())
    const next = await engine.reopen(store)
    await meet(next, OTHER, NOW_MS)
    t.equal((await add(next, OTHER)).id, 3)
    t.equal(await next.latestChangeId(), 3)
  })

  t.test(
    'a settled change is no longer part of the state, and still known by its command',
    async (t) => {
      const store = await engine.open(t)
      await meet(store, SERIAL, NOW_MS)
      await decide(store, SERIAL, (draft) => {
        const first = draft.addChange(newChange())
        draft.addChange(newChange({ objectKey: 'device.X' }), first.commandId)
        draft.addChange(newChange())
      })
      await decide(store, SERIAL, (draft) => {
        const [first] = draft.openChanges
        if (first !== undefined) {
          draft.saveChange({ ...first, state: 'confirmed', endedAtMs: NOW_MS, settled: true })
        }
      })
      t.strictSame(
        openChanges(await store.load(SERIAL)).map(({ id }) => id),
        [2, 3],
      )
      t.match(await store.command(1), [
        { id: 1, state: 'confirmed' },
        { id: 2, state: 'queued' },
      ])
      t.match(await store.recentCommands(SERIAL, 5), [[{ id: 3 }], [{ id: 1 }, { id: 2 }]])
      t.strictSame(await store.recentCommands(OTHER, 5), [])
      t.equal((await store.recentCommands(undefined, 1)).length, 1)
    },
  )

  t.test('a change keeps its push and its times', async (t) => {
    const store = await engine.open(t)
    await meet(store, SERIAL, NOW_MS)
    const pushedChange: Partial<Change> = {
      state: 'sent',
      sends: 2,
      push: {
        revision: 4,
        timestamp: NOW_MS,
        stampedAtMs: NOW_MS,
        since: { revision: 3, timestamp: NOW_MS - 1 },
      },
      sentAt: { wallMs: NOW_MS, steadyMs: 99 },
    }
    await decide(store, SERIAL, (draft) => {
      draft.saveChange({ ...draft.addChange(newChange()), ...pushedChange })
    })
    const again = await engine.reopen(store)
    t.match((await again.load(SERIAL)).changes, [pushedChange])
  })

  t.test(
    'entry keys: by code, open ones, and thermostats whose last one has expired',
    async (t) => {
      const store = await engine.open(t)
      await meet(store, SERIAL, NOW_MS)
      await meet(store, OTHER, NOW_MS)
      await decide(store, SERIAL, (draft) => draft.putKey(key({ expiresAtSteadyMs: 100 })))
      await decide(store, OTHER, (draft) => {
        draft.putKey(key({ code: 'BBBBBBB', serial: OTHER, expiresAtSteadyMs: 100 }))
        draft.putKey(key({ code: 'CCCCCCC', serial: OTHER, expiresAtSteadyMs: 200 }))
      })
      t.match(await store.keyByCode('BBBBBBB'), { serial: OTHER })
      t.match(await store.openKeys(50), [{ serial: SERIAL }, { serial: OTHER }, { serial: OTHER }])
      t.match(await store.openKeys(100), [{ code: 'CCCCCCC' }])
      t.strictSame(await store.serialsWithExpiredKey(100), [SERIAL], 'the other has an open one')
      await t.rejects(
        decide(store, SERIAL, (draft) => draft.putKey(key({ code: 'BBBBBBB' }))),
        { code: 'store' },
        'a code belongs to one thermostat (P2)',
      )
    },
  )

  t.test('thermostats: all by serial, of a user newest first, without an owner', async (t) => {
    const store = await engine.open(t)
    await meet(store, OTHER, NOW_MS)
    await meet(store, SERIAL, NOW_MS + 5)
    await meet(store, '01AA01AC00000001', NOW_MS - 5)
    t.strictSame(await store.unpaired(), ['01AA01AC00000001', OTHER, SERIAL], 'silent ones first')
    t.equal(await store.countUnpaired(), 3)
    await decide(store, SERIAL, (draft) => draft.setOwner({ userId: 'anna', createdAtMs: 1 }))
    await decide(store, OTHER, (draft) => draft.setOwner({ userId: 'anna', createdAtMs: 2 }))
    t.equal(await store.countUnpaired(), 1)
    t.strictSame(
      (await store.ownedBy('anna')).map(({ serial }) => serial),
      [OTHER, SERIAL],
    )
    t.match(await store.thermostats(), [
      { serial: '01AA01AC00000001', owner: undefined },
      { serial: SERIAL, owner: { userId: 'anna' } },
      { serial: OTHER, owner: { userId: 'anna' } },
    ])
  })

  t.test('overdue changes are found by their thermostats (D4)', async (t) => {
    const store = await engine.open(t)
    await meet(store, SERIAL, NOW_MS)
    await meet(store, OTHER, NOW_MS)
    await decide(store, SERIAL, (draft) => draft.addChange(newChange({ expiresAtSteadyMs: 100 })))
    await decide(store, OTHER, (draft) => draft.addChange(newChange({ expiresAtSteadyMs: null })))
    t.strictSame(await store.serialsWithOverdueChange(99), [])
    t.strictSame(await store.serialsWithOverdueChange(100), [SERIAL])
  })

  t.test(
    'keys and changes that expire later than a right clock allows are shortened',
    async (t) => {
      const store = await engine.open(t)
      await meet(store, SERIAL, NOW_MS)
      await decide(store, SERIAL, (draft) => {
        draft.putKey(key({ expiresAtSteadyMs: 9_000 }))
        draft.addChange(newChange({ expiresAtSteadyMs: 9_000 }))
        draft.addChange(newChange({ kind: 'schedule', expiresAtSteadyMs: null }))
      })
      await store.clampExpiry({ keySteadyMs: 500, changeSteadyMs: new Map([['setpoint', 400]]) })
      const { entryKeys, changes } = await store.load(SERIAL)
      t.match(entryKeys, [{ expiresAtSteadyMs: 500 }])
      t.match(changes, [{ expiresAtSteadyMs: 400 }, { expiresAtSteadyMs: null }])
    },
  )

  t.test('pruning deletes old data, and keeps open keys and changes', async (t) => {
    const store = await engine.open(t)
    await meet(store, SERIAL, NOW_MS)
    await meet(store, OTHER, NOW_MS - 1_000)
    await meet(store, '01AA01AC00000001', NOW_MS - 1_000)
    await decide(store, OTHER, (draft) =>
      draft.putKey(key({ serial: OTHER, expiresAtSteadyMs: 900 })),
    )
    await decide(store, SERIAL, (draft) => {
      for (let n = 0; n < 5; n++) {
        const added = draft.addChange(newChange())
        if (n < 4) draft.saveChange({ ...added, state: 'expired', endedAtMs: n, settled: true })
      }
      draft.putKey(key({ code: 'BBBBBBB', expiresAtSteadyMs: 10 }))
      draft.putKey(key({ code: 'CCCCCCC', claimedBy: 'anna', claimedAtMs: 1 }))
      draft.putKey(key({ code: 'DDDDDDD', claimedBy: 'anna', claimedAtMs: 2 }))
    })
    const forgotten = await store.prune({
      keysExpiredBeforeSteadyMs: 500,
      changesEndedBeforeMs: 3,
      keepChanges: { least: 1, most: 100 },
      silentSinceMs: NOW_MS - 500,
      nowSteadyMs: 800,
    })
    t.strictSame(forgotten, ['01AA01AC00000001'], 'one with an open code stays')
    t.strictSame(
      (await store.recentCommands(SERIAL, 9)).map(([{ id }]) => id),
      [5, 4],
      'what is open, and what ended lately',
    )
    t.strictSame(
      (await store.load(SERIAL)).entryKeys.map(({ code }) => code),
      ['DDDDDDD'],
      'the last claim stays (P7)',
    )
  })

  t.test('last-seen times are written together', async (t) => {
    const store = await engine.open(t)
    await meet(store, SERIAL, NOW_MS)
    await store.recordSeen(new Map([[SERIAL, NOW_MS + 5.9]]))
    t.equal((await store.load(SERIAL)).device?.lastSeenAtMs, NOW_MS + 5)
  })

  t.test('users, tokens, integrations and the server record', async (t) => {
    const store = await engine.open(t)
    t.equal(await store.ensureUser('anna', NOW_MS, undefined), true)
    t.equal(await store.ensureUser('anna', NOW_MS, 'anna@example.org'), false)

    const token: Token = {
      id: 'a1',
      name: 'dashboard',
      scope: 'read',
      hash: 'ff',
      createdAtMs: NOW_MS,
      expiresAtMs: null,
    }
    await store.insertToken(token)
    t.strictSame(await store.tokens(), [token])
    t.equal(await store.deleteToken('a1'), true)
    t.equal(await store.deleteToken('a1'), false)

    t.equal(await store.integration(MQTT), undefined)
    t.equal(await store.setIntegration(MQTT, { brokerUrl: 'mqtt://b' }, NOW_MS), false)
    t.equal(await store.setIntegration(MQTT, { brokerUrl: 'mqtt://c' }, NOW_MS), true)
    t.strictSame(await store.integration(MQTT), { brokerUrl: 'mqtt://c' })
    t.equal(await store.setIntegration(MQTT, undefined, NOW_MS), true)
    t.equal(await store.integration(MQTT), undefined)

    const record = { pid: 7, deviceUrl: 'http://d', controlUrl: 'http://c', startedAtMs: NOW_MS }
    await store.setServer(record)
    t.strictSame(await store.server(), record)
    await store.setServer(undefined)
    t.equal(await store.server(), undefined)
  })

  t.test('an import is added to the data on file', async (t) => {
    const store = await engine.open(t)
    await meet(store, OTHER, NOW_MS)
    const draft = new Draft({
      state: emptyState(SERIAL),
      held: NOTHING_HELD,
      memory: NO_MEMORY,
      now: NOW,
      nextChangeId: 1,
    })
    draft.setDevice(newDevice(NOW_MS))
    draft.setOwner({ userId: 'anna', createdAtMs: NOW_MS })
    draft.putBucket(bucket({ a: 1 }), '')
    const { writes } = draft.decision(undefined)
    await store.importData({
      users: [{ userId: 'bert', createdAtMs: NOW_MS, email: undefined }],
      thermostats: [{ serial: SERIAL, writes }],
      broker: { brokerUrl: 'mqtt://b' },
      nowMs: NOW_MS,
    })
    t.match(await store.load(SERIAL), { owner: { userId: 'anna' } })
    t.strictSame(await store.users(), ['anna', 'bert'])
    t.strictSame(await store.integration(MQTT), { brokerUrl: 'mqtt://b' })
    t.strictSame(await store.bucketSummaries(), [
      { serial: SERIAL, objectKey: SHARED, revision: 1, timestamp: 1, size: 7 },
    ])
  })

  t.test(
    'a clock that was set is noted once, and moves what expires for the next process',
    async (t) => {
      const store = await engine.open(t)
      await meet(store, SERIAL, NOW_MS)
      await decide(store, SERIAL, (draft) => draft.putKey(key({ expiresAtSteadyMs: 1_000 })))
      t.equal(
        await store.keepTime({ wallMs: 5_000, steadyMs: 0 }),
        undefined,
        'seconds are no change',
      )
      t.equal(await store.keepTime({ wallMs: 60_000, steadyMs: 0 }), 60_000)
      t.equal(await store.keepTime({ wallMs: 61_000, steadyMs: 1_000 }), undefined)
      const next = await engine.reopen(store)
      t.match((await next.load(SERIAL)).entryKeys, [{ expiresAtSteadyMs: 61_000 }])
    },
  )
}

function key(over: Partial<EntryKey> = {}): EntryKey {
  return {
    code: 'AAAAAAA',
    serial: SERIAL,
    expiresAtSteadyMs: 100,
    createdAtMs: NOW_MS,
    claimedBy: null,
    claimedAtMs: null,
    ...over,
  }
}

function bucket(value: Record<string, number>) {
  return { objectKey: SHARED, revision: 1, timestamp: 1, value }
}

function newChange(over: Partial<Change> = {}) {
  return {
    command: 'set_temperature',
    objectKey: SHARED,
    fields: { a: 1 },
    kind: 'setpoint' as const,
    createdAtMs: NOW_MS,
    expiresAtSteadyMs: NOW_MS,
    ...over,
  }
}
