import type { Test } from 'tap'
import { NleError } from '../../src/errors.ts'
import type { Change } from '../../src/protocol/delivery/change.ts'
import type { EntryKey } from '../../src/protocol/pairing/entry-key.ts'
import { newDevice } from '../../src/protocol/thermostat/contact.ts'
import { NOTHING_HELD } from '../../src/protocol/thermostat/decision.ts'
import { Draft } from '../../src/protocol/thermostat/draft.ts'
import { NO_MEMORY } from '../../src/protocol/thermostat/memory.ts'
import {
  claimedKeyOf,
  emptyState,
  openChanges,
  openKeyOf,
} from '../../src/protocol/thermostat/state.ts'
import { MAX_USERS, MQTT, type PruneLimits, type Store, type Token } from '../../src/store/store.ts'
import { decide, meet, putBucket } from '../helpers/seed-store.ts'

/**
 * The tests of every store engine. The test of an engine runs this suite with its own way to open a store;
 * `reopen` opens the same store again, as the next process does.
 */
export interface Engine {
  /** Whether steady times are on the clock of one process after another, and have to be converted. */
  readonly hasOwnClock: boolean
  open(t: Test): Promise<Store>
  reopen(store: Store): Promise<Store>
}

export const NOW_MS = 1_707_148_800_000
export const SERIAL = '02AA01AC12345678'
export const OTHER = '09AA01AB12345678'
const SHARED = `shared.${SERIAL}`
/** The latest timestamp that is believed. */
const LATEST = Date.UTC(2100, 0) - 1
const NOW = { wallMs: NOW_MS, steadyMs: NOW_MS }

export function storeSuite(t: Test, engine: Engine): void {
  t.test('a thermostat that is not on file has an empty state', async (t) => {
    const store = await engine.open(t)
    t.strictSame(await store.load(SERIAL), emptyState(SERIAL))
    t.strictSame(await store.thermostats(), [])
  })

  t.test('a decision is loaded again, by this process and by the next', async (t) => {
    const first = await engine.open(t)
    const asked = key({ asker: { salt: '01', hash: 'fe' } })
    const password = { salt: '00', hash: 'ff', sinceMs: NOW_MS, otherSeenAtMs: NOW_MS + 1 }
    const device = {
      model: 'Display-2.12',
      macAddress: '18b430',
      softwareVersion: '5.9',
      structureKey: 'structure.x',
      polledPairing: 'user' as const,
      awaitedUploads: ['shared.x'],
      isPinned: true,
      givenName: { name: 'Küche', former: 'Kitchen' },
      firstSeenAtMs: NOW_MS,
      lastSeenAtMs: NOW_MS + 5,
    }
    await decide(first, SERIAL, (draft) => {
      draft.setDevice(device)
      draft.setOwner({ userId: 'anna', createdAtMs: NOW_MS })
      draft.setPassword(password)
      draft.putKey(asked)
      draft.putBucket(
        { objectKey: SHARED, revision: 3, timestamp: 7, value: { name: 'é\u0000' } },
        '',
      )
      draft.addChange(newChange())
    })
    const isOnFile = async (store: Store): Promise<void> => {
      const state = await store.load(SERIAL)
      t.strictSame(state.device, device)
      t.strictSame(state.owner, { userId: 'anna', createdAtMs: NOW_MS })
      t.strictSame(state.password, password)
      t.strictSame(state.entryKeys, [asked])
      t.strictSame(state.buckets.get(SHARED)?.value, { name: 'é\u0000' })
      t.equal(state.buckets.get(SHARED)?.length, JSON.stringify({ name: 'é\u0000' }).length)
      t.match(state.changes, [{ id: 1, commandId: 1, state: 'queued', fields: { a: 1 } }])
      t.strictSame(await store.users(), ['anna'], 'the user is on file with the ownership')
    }
    await isOnFile(first)
    await isOnFile(await engine.reopen(first))
  })

  t.test('a decision that follows another one is made, however soon it comes', async (t) => {
    const store = await engine.open(t)
    await meet(store, SERIAL, NOW_MS)
    const name = (n: number) => putBucket(store, SERIAL, SHARED, { n })
    // The engine is just done, a few turns of promises before or after: none of these moments may lose the next one.
    for (let turns = 0; turns < 12; turns++) {
      await name(turns)
      for (let turn = 0; turn < turns; turn++) await undefined
      await name(turns + 100)
    }
    t.equal((await store.load(SERIAL)).buckets.get(SHARED)?.value.n, 111)
  })

  t.test('what is shown follows each commit', async (t) => {
    const store = await engine.open(t)
    const name = async () => (await store.shown(SERIAL)).buckets.get(SHARED)?.value.name
    t.strictSame((await store.shown(SERIAL)).device, undefined)
    t.strictSame(await store.serials(), [])
    const put = (text: string) =>
      decide(store, SERIAL, (draft) =>
        draft.putBucket({ ...bucket({}), value: { name: text, junk: 1 } }, ''),
      )
    await meet(store, OTHER, NOW_MS)
    await meet(store, SERIAL, NOW_MS)
    t.strictSame(await name(), undefined)
    await put('one')
    t.strictSame((await store.shown(SERIAL)).buckets.get(SHARED)?.value, { name: 'one' })
    await put('two')
    t.equal(await name(), 'two')
    await decide(store, SERIAL, (draft) => {
      draft.setOwner({ userId: 'anna', createdAtMs: NOW_MS })
      draft.addChange(newChange({ fields: { name: 'three' } }))
    })
    t.match(await store.shown(SERIAL), {
      owner: { userId: 'anna' },
      changes: [{ fields: { name: 'three' } }],
    })
    await store.recordSeen(new Map([[SERIAL, { atMs: NOW_MS + 5 }]]))
    t.equal((await store.shown(SERIAL)).device?.lastSeenAtMs, NOW_MS + 5)
    t.strictSame(await store.serials(), [SERIAL, OTHER])
    t.strictSame(await store.serials(SERIAL), [OTHER])
    const again = await engine.reopen(store)
    t.equal((await again.shown(SERIAL)).buckets.get(SHARED)?.value.name, 'two')
    await decide(again, SERIAL, (draft) => draft.remove())
    t.strictSame((await again.shown(SERIAL)).device, undefined)
  })

  t.test('recent commands end before their text is too long, but for the newest', async (t) => {
    const store = await engine.open(t)
    await meet(store, SERIAL, NOW_MS)
    for (const length of [10, 400, 400, 700]) {
      await decide(store, SERIAL, (draft) =>
        draft.saveChange(draft.addChange(newChange({ fields: { a: 'x'.repeat(length) } }))),
      )
    }
    const ids = async (maxLength?: number) =>
      (await store.recentCommands(SERIAL, 9, maxLength)).map(([{ id }]) => id)
    t.strictSame(await ids(), [4, 3, 2, 1])
    t.strictSame(await ids(1500), [4, 3])
    t.strictSame(await ids(100), [4])
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

      await decide(store, SERIAL, (draft) => {
        draft.putBucket(bucket({}), '')
        draft.putKey(key())
        draft.setOwner({ userId: 'anna', createdAtMs: NOW_MS })
        draft.setPassword({ salt: '00', hash: 'ff', sinceMs: NOW_MS, otherSeenAtMs: null })
        draft.addChange(newChange())
      })
      t.equal(await store.countUnpaired(), 1)
      await decide(store, SERIAL, (draft) => draft.remove())
      t.strictSame(await store.load(SERIAL), emptyState(SERIAL))
      t.strictSame(await store.bucketSummaries(), [])
      t.strictSame(await store.ownedBy('anna'), [])
      t.equal(await store.keyByCode('AAAAAAA'), undefined)
      t.strictSame(await store.command(1), [])
      t.strictSame(
        (await store.thermostats()).map(({ serial }) => serial),
        [OTHER],
      )
      await meet(store, SERIAL, NOW_MS)
      t.strictSame(await store.load(SERIAL), {
        ...emptyState(SERIAL),
        device: newDevice(NOW_MS),
      })
    },
  )

  t.test('each thermostat has its own buckets, in the order of their keys', async (t) => {
    const store = await engine.open(t)
    await meet(store, SERIAL, NOW_MS)
    await meet(store, OTHER, NOW_MS)
    const value = { zero: 0, text: 'ü “”', nested: { list: [1, null, { x: false }] } }
    const first = { objectKey: SHARED, revision: 3, timestamp: LATEST, value }
    await decide(store, SERIAL, (draft) => draft.putBucket(first, ''))
    t.match((await store.load(SERIAL)).buckets.get(SHARED), first)
    t.equal((await store.load(OTHER)).buckets.size, 0)
    const second = { objectKey: 'a.b', revision: 1, timestamp: 1, value: { é: 1 } }
    await decide(store, SERIAL, (draft) => {
      draft.putBucket({ ...first, revision: 4, value: {} }, '')
      draft.putBucket(second, '')
    })
    await decide(store, OTHER, (draft) => draft.putBucket(second, ''))
    t.strictSame(
      await store.bucketSummaries(SERIAL),
      [
        { serial: SERIAL, objectKey: 'a.b', revision: 1, timestamp: 1, size: 8 },
        { serial: SERIAL, objectKey: SHARED, revision: 4, timestamp: LATEST, size: 2 },
      ],
      'sizes are in bytes',
    )
    t.equal((await store.bucketSummaries()).length, 3)
    const { buckets } = await (await engine.reopen(store)).load(SERIAL)
    t.strictSame([...buckets.keys()], ['a.b', SHARED])
    t.match(buckets.get(SHARED), { revision: 4, timestamp: LATEST, value: {} })
    t.strictSame(buckets.get('a.b')?.value, { é: 1 })
  })

  t.test('a thermostat that is not on file has no buckets', async (t) => {
    const store = await engine.open(t)
    const put = decide(store, 'NOBODY', (draft) => draft.putBucket(bucket({}), ''))
    await t.rejects(put, { code: 'store' })
    t.strictSame(await store.bucketSummaries(), [])
  })

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
      t.match(await store.recentCommands(SERIAL, 1), [[{ id: 3 }]])
      await meet(store, OTHER, NOW_MS)
      await decide(store, OTHER, (draft) => draft.addChange(newChange()))
      t.match(await store.recentCommands(undefined, 5), [
        [{ id: 4, serial: OTHER }],
        [{ id: 3 }],
        [{ id: 1 }, { id: 2 }],
      ])
      t.match(await store.recentCommands(undefined, 1), [[{ id: 4 }]])
    },
  )

  t.test('D2: a change is loaded as it was written, in each of its states', async (t) => {
    const store = await engine.open(t)
    await meet(store, SERIAL, NOW_MS)
    const [first, second] = await decide(store, SERIAL, (draft) => {
      const added = draft.addChange(newChange())
      return [added, draft.addChange(newChange({ objectKey: 'a.b' }), added.commandId)] as const
    })
    t.strictSame(await store.command(first.id), [first, second])
    const version = { revision: 6, timestamp: NOW_MS }
    const rows: Change[] = [
      { ...first, fields: { a: null, b: [1] } },
      { ...first, state: 'sent', sends: 1, sentAt: { wallMs: 5, steadyMs: 6 } },
      { ...first, push: { ...version, stampedAtMs: 7, since: null } },
      { ...first, push: { ...version, stampedAtMs: 7, since: { revision: 4, timestamp: 3 } } },
      { ...first, state: 'ignored', endedAtMs: 9, reason: 'why' },
      { ...first, state: 'confirmed', endedAtMs: 9, settled: true },
    ]
    for (const change of rows) {
      await decide(store, SERIAL, (draft) => draft.saveChange(change))
      t.strictSame(await store.command(first.id), [change, second])
      const loaded = change.settled ? [second] : [change, second]
      t.strictSame((await store.load(SERIAL)).changes, loaded)
    }
  })

  t.test('a change is open until it ends, and is tracked until it is settled', async (t) => {
    const store = await engine.open(t)
    await meet(store, SERIAL, NOW_MS)
    await meet(store, OTHER, NOW_MS)
    await decide(store, SERIAL, (draft) => {
      const [, sent, lost, over] = [0, 1, 2, 3].map(() => draft.addChange(newChange()))
      if (!sent || !lost || !over) throw new Error('nothing was added')
      draft.saveChange({ ...sent, state: 'sent' })
      draft.saveChange({ ...lost, state: 'expired', endedAtMs: NOW_MS })
      draft.saveChange({ ...over, state: 'expired', endedAtMs: NOW_MS, settled: true })
    })
    await decide(store, OTHER, (draft) => draft.addChange(newChange()))
    const next = await engine.reopen(store)
    const state = await next.load(SERIAL)
    const ids = (changes: readonly Change[]): number[] => changes.map(({ id }) => id)
    t.strictSame(ids(openChanges(state)), [1, 2])
    t.strictSame(ids(state.changes), [1, 2, 3])
    const prune = async (endedBeforeMs: number, most: number): Promise<number[]> => {
      await next.prune(
        limits({
          changesEndedBeforeMs: endedBeforeMs,
          keepChanges: { least: 0, most, mostBytes: 1e9 },
        }),
      )
      const commands = await Promise.all([1, 2, 3, 4, 5].map((id) => next.command(id)))
      return ids(commands.flat())
    }
    t.strictSame(await prune(NOW_MS, 99), [1, 2, 3, 4, 5])
    t.strictSame(
      await prune(NOW_MS + 1, 0),
      [1, 2, 5],
      'open ones are kept, those that ended are not, settled or not',
    )
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
      t.strictSame(await store.serialsWithExpiredKey(99), [])
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

  t.test('P4: a key that is renewed stays the same key and expires later', async (t) => {
    const store = await engine.open(t)
    await meet(store, SERIAL, NOW_MS)
    await decide(store, SERIAL, (draft) => draft.putKey(key({ expiresAtSteadyMs: 1_000 })))
    t.strictSame(openKeyOf(await store.load(SERIAL), 999), key({ expiresAtSteadyMs: 1_000 }))
    t.equal(openKeyOf(await store.load(SERIAL), 1_000), undefined, 'it is over')
    await decide(store, SERIAL, (draft) => draft.putKey(key({ expiresAtSteadyMs: 5_000 })))
    t.strictSame(await store.openKeys(4_999), [key({ expiresAtSteadyMs: 5_000 })])
    t.strictSame((await store.load(SERIAL)).entryKeys, [key({ expiresAtSteadyMs: 5_000 })])
  })

  t.test(
    'P7: the last claim of a thermostat is known, of two at one instant as well',
    async (t) => {
      const store = await engine.open(t)
      await meet(store, SERIAL, NOW_MS)
      const claimed = (code: string, claimedBy: string) =>
        decide(store, SERIAL, (draft) =>
          draft.putKey(key({ code, claimedBy, claimedAtMs: NOW_MS })),
        )
      const lastClaim = async (): Promise<EntryKey | undefined> =>
        claimedKeyOf(await store.load(SERIAL))
      await decide(store, SERIAL, (draft) => draft.putKey(key()))
      t.equal(await lastClaim(), undefined)
      await claimed('AAAAAAA', 'anna')
      t.strictSame(await lastClaim(), key({ claimedBy: 'anna', claimedAtMs: NOW_MS }))
      t.strictSame(await store.openKeys(0), [])
      await decide(store, SERIAL, (draft) => draft.putKey(key({ code: 'BBBBBBB' })))
      t.match(await lastClaim(), { claimedBy: 'anna' }, 'a new key changes nothing')
      await claimed('BBBBBBB', 'bert')
      t.match(await lastClaim(), { claimedBy: 'bert' })
      t.match(claimedKeyOf(await (await engine.reopen(store)).load(SERIAL)), { claimedBy: 'bert' })
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
    await decide(store, SERIAL, (draft) => draft.setOwner({ userId: 'bert', createdAtMs: 9 }))
    t.match(await store.ownedBy('anna'), [{ serial: OTHER }])
    t.match(await store.ownedBy('bert'), [{ serial: SERIAL, owner: { createdAtMs: 9 } }])
    t.equal(await store.countUnpaired(), 1, 'each has one owner')
    await decide(store, SERIAL, (draft) => draft.setOwner(null))
    t.strictSame(await store.ownedBy('bert'), [])
    t.equal(await store.countUnpaired(), 2)
  })

  t.test('overdue changes are found by their thermostats (D4)', async (t) => {
    const store = await engine.open(t)
    await meet(store, SERIAL, NOW_MS)
    await meet(store, OTHER, NOW_MS)
    await decide(store, SERIAL, (draft) => draft.addChange(newChange({ expiresAtSteadyMs: 100 })))
    await decide(store, OTHER, (draft) => draft.addChange(newChange({ expiresAtSteadyMs: null })))
    t.strictSame(await store.serialsWithOverdueChange(99), [])
    t.strictSame(await store.serialsWithOverdueChange(100), [SERIAL])
    await decide(store, SERIAL, (draft) => {
      const [first] = draft.openChanges
      if (first !== undefined) draft.saveChange({ ...first, state: 'expired', endedAtMs: NOW_MS })
    })
    t.strictSame(await store.serialsWithOverdueChange(100), [], 'what has ended is not')
  })

  t.test('no key and no change expires later than a right clock allows', async (t) => {
    const store = await engine.open(t)
    await meet(store, SERIAL, NOW_MS)
    await decide(store, SERIAL, (draft) => {
      draft.putKey(key({ expiresAtSteadyMs: 9_000 }))
      draft.putKey(key({ code: 'BBBBBBB', expiresAtSteadyMs: 100 }))
      draft.addChange(newChange({ expiresAtSteadyMs: 9_000 }))
      draft.addChange(newChange({ kind: 'schedule', expiresAtSteadyMs: null }))
    })
    await store.clampExpiry({ keySteadyMs: 500, changeSteadyMs: new Map([['setpoint', 400]]) })
    const { entryKeys, changes } = await store.load(SERIAL)
    t.match(entryKeys, [{ expiresAtSteadyMs: 500 }, { expiresAtSteadyMs: 100 }])
    t.match(changes, [{ expiresAtSteadyMs: 400 }, { expiresAtSteadyMs: null }])
  })

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
      keepChanges: { least: 1, most: 100, mostBytes: 1e9 },
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

  t.test('a key that expired is forgotten after the given time', async (t) => {
    const store = await engine.open(t)
    await meet(store, SERIAL, NOW_MS)
    await decide(store, SERIAL, (draft) => {
      draft.putKey(key({ expiresAtSteadyMs: 100 }))
      draft.putKey(key({ code: 'BBBBBBB', expiresAtSteadyMs: 500 }))
    })
    const prune = async (keysExpiredBeforeSteadyMs: number): Promise<string[]> => {
      await store.prune(limits({ keysExpiredBeforeSteadyMs }))
      return (await store.load(SERIAL)).entryKeys.map(({ code }) => code)
    }
    t.strictSame(await prune(100), ['AAAAAAA', 'BBBBBBB'])
    t.strictSame(await prune(101), ['BBBBBBB'])
  })

  const silent: [string, (draft: Draft) => void, isForgotten: boolean][] = [
    ['that sent nothing is forgotten', () => {}, true],
    [
      'with a dialog only is forgotten',
      (draft) =>
        draft.putBucket(
          {
            objectKey: `device_alert_dialog.${SERIAL}`,
            revision: 1,
            timestamp: 1,
            value: {},
          },
          '',
        ),
      true,
    ],
    [
      'with an expired code is forgotten',
      (draft) => draft.putKey(key({ expiresAtSteadyMs: 99 })),
      true,
    ],
    ['with an open code stays', (draft) => draft.putKey(key({ expiresAtSteadyMs: 101 })), false],
    ['with a bucket stays', (draft) => draft.putBucket(bucket({}), ''), false],
    [
      'with an owner stays',
      (draft) => draft.setOwner({ userId: 'anna', createdAtMs: NOW_MS }),
      false,
    ],
    [
      'that called since stays',
      (draft) => draft.setDevice({ ...newDevice(NOW_MS), lastSeenAtMs: NOW_MS + 10 }),
      false,
    ],
  ]
  for (const [what, prepare, isForgotten] of silent) {
    t.test(`pruning: a silent thermostat ${what}`, async (t) => {
      const store = await engine.open(t)
      await meet(store, SERIAL, NOW_MS)
      await meet(store, OTHER, NOW_MS + 1)
      await decide(store, SERIAL, prepare)
      const forgotten = await store.prune(limits({ silentSinceMs: NOW_MS + 1, nowSteadyMs: 100 }))
      t.strictSame(forgotten, isForgotten ? [SERIAL] : [])
      t.equal((await store.load(SERIAL)).device === undefined, isForgotten)
      t.ok((await store.load(OTHER)).device)
    })
  }

  t.test(
    'pruning keeps the newest changes of each thermostat, whatever the clock says',
    async (t) => {
      const store = await engine.open(t)
      await meet(store, SERIAL, NOW_MS)
      await meet(store, OTHER, NOW_MS)
      const end = (serial: string, count: number): Promise<number[]> =>
        decide(store, serial, (draft) =>
          Array.from({ length: count }, () => {
            const added = draft.addChange(newChange())
            draft.saveChange({ ...added, state: 'expired', endedAtMs: NOW_MS, settled: true })
            return added.id
          }),
        )
      const others = (await end(OTHER, 2)).reverse()
      const mine = (await end(SERIAL, 10)).reverse()
      const prune = async (changesEndedBeforeMs: number, most: number): Promise<number[]> => {
        await store.prune(
          limits({ changesEndedBeforeMs, keepChanges: { least: 2, most, mostBytes: 1e9 } }),
        )
        return (await store.recentCommands(undefined, 99)).map(([{ id }]) => id)
      }
      t.strictSame(await prune(NOW_MS, 12), [...mine, ...others])
      t.strictSame(await prune(NOW_MS, 8), [...mine.slice(0, 8), ...others], 'the oldest go')
      t.strictSame(
        await prune(NOW_MS + 1e12, 8),
        [...mine.slice(0, 2), ...others],
        'the newest stay',
      )
    },
  )

  t.test(
    'pruning keeps no more than so many bytes of the changes of each thermostat',
    async (t) => {
      const store = await engine.open(t)
      await meet(store, SERIAL, NOW_MS)
      await meet(store, OTHER, NOW_MS)
      const end = (serial: string, length: number): Promise<number> =>
        decide(store, serial, (draft) => {
          const added = draft.addChange(newChange({ fields: { a: 'x'.repeat(length) } }))
          draft.saveChange({ ...added, state: 'superseded', endedAtMs: NOW_MS, settled: true })
          return added.id
        })
      const small = await end(OTHER, 10)
      const large: number[] = []
      for (let i = 0; i < 5; i++) large.unshift(await end(SERIAL, 1_000))
      const open = await decide(
        store,
        SERIAL,
        (draft) => draft.addChange(newChange({ fields: { a: 'x'.repeat(5_000) } })).id,
      )
      const prune = async (mostBytes: number): Promise<number[]> => {
        await store.prune(limits({ keepChanges: { least: 5, most: 99, mostBytes } }))
        return (await store.recentCommands(undefined, 99)).map(([{ id }]) => id)
      }
      t.strictSame(await prune(7_500), [open, ...large.slice(0, 2), small])
      t.strictSame(await prune(100), [open, small], 'an open one stays')
    },
  )

  t.test('users without a thermostat make room, the oldest first', async (t) => {
    const store = await engine.open(t)
    await meet(store, SERIAL, NOW_MS)
    await decide(store, SERIAL, (draft) => draft.setOwner({ userId: 'anna', createdAtMs: NOW_MS }))
    for (let i = 0; i < MAX_USERS + 5; i++) {
      t.equal(await store.ensureUser(`u${i}`, NOW_MS + 1 + i, undefined), true)
    }
    const users = await store.users()
    t.equal(users.length, MAX_USERS)
    t.ok(users.includes('anna'), 'the owner stays')
    t.notOk(users.includes('u0'))
    t.ok(users.includes(`u${MAX_USERS + 4}`))
  })

  t.test('last-seen times are written together', async (t) => {
    const store = await engine.open(t)
    await meet(store, SERIAL, NOW_MS)
    await store.recordSeen(new Map([[SERIAL, { atMs: NOW_MS + 5.9 }]]))
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

  t.test('sessions end with their token, and of one token there are so many', async (t) => {
    const store = await engine.open(t)
    const token = { scope: 'read', createdAtMs: NOW_MS, expiresAtMs: null } as const
    for (const id of ['a', 'b']) await store.insertToken({ ...token, id, name: id, hash: id })
    const put = (hash: string, tokenId: string, expiresAtMs: number, wallMs = NOW_MS) =>
      store.putSession({ hash, tokenId, expiresAtMs }, 2, wallMs)
    await put('s1', 'a', NOW_MS + 1)
    t.strictSame(await store.session('s1'), { hash: 's1', tokenId: 'a', expiresAtMs: NOW_MS + 1 })
    await put('s1', 'a', NOW_MS + 9)
    await put('s2', 'a', NOW_MS + 5)
    await put('other', 'b', NOW_MS + 1)
    await put('s3', 'a', NOW_MS + 7)
    t.equal(await store.session('s2'), undefined, 'the one that ends first made room')
    t.match(await store.session('s1'), { expiresAtMs: NOW_MS + 9 })
    t.ok(await store.session('other'), 'another token has its own')
    await put('s4', 'a', NOW_MS + 20, NOW_MS + 1)
    t.equal(await store.session('other'), undefined, 'it has ended')
    await store.deleteSession('s4')
    t.equal(await store.session('s4'), undefined)
    await store.deleteToken('a')
    t.equal(await store.session('s1'), undefined)
    await put('late', 'a', NOW_MS + 9)
    t.equal(await store.session('late'), undefined, 'none begins without its token')
  })

  t.test('what the Matter bridge keeps', async (t) => {
    const store = await engine.open(t)
    t.strictSame(await store.matterValues(), {})
    await store.setMatterValues({ a: '1', b: '2' })
    await store.setMatterValues({ a: '3', b: null, c: '4', d: null })
    t.strictSame(await store.matterValues(), { a: '3', c: '4' })
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
      latestChangeId: 0,
      nowMs: NOW_MS,
    })
    t.match(await store.load(SERIAL), { owner: { userId: 'anna' } })
    t.strictSame(await store.users(), ['anna', 'bert'])
    t.strictSame(await store.integration(MQTT), { brokerUrl: 'mqtt://b' })
    t.strictSame(await store.bucketSummaries(), [
      { serial: SERIAL, objectKey: SHARED, revision: 1, timestamp: 1, size: 7 },
    ])
  })

  t.test('after an import ids of changes go on from the latest of before', async (t) => {
    const store = await engine.open(t)
    const moved = (latestChangeId: number) =>
      store.importData({
        users: [],
        thermostats: [],
        broker: undefined,
        latestChangeId,
        nowMs: NOW_MS,
      })
    await moved(41)
    await meet(store, SERIAL, NOW_MS)
    const add = (from: Store): Promise<Change> =>
      decide(from, SERIAL, (draft) => draft.addChange(newChange()))
    t.equal((await add(store)).id, 42)
    await moved(7)
    t.equal((await add(store)).id, 43, 'never back')
    await moved(50)
    const next = await engine.reopen(store)
    t.equal(await next.latestChangeId(), 50)
    t.equal((await add(next)).id, 51)
  })

  t.test('buckets of unknown types are found, paired or not', async (t) => {
    const store = await engine.open(t)
    await meet(store, SERIAL)
    await decide(store, SERIAL, (draft) => {
      draft.setOwner({ userId: 'anna', createdAtMs: NOW_MS })
      const version = { revision: 1, timestamp: 7, value: { name: 'é' } }
      for (const objectKey of [SHARED, 'where.junk', 'junk.1', 'shared_too.1']) {
        draft.putBucket({ objectKey, ...version }, '')
      }
    })
    await putBucket(store, OTHER, 'constructor.x', {}, { revision: 1, timestamp: 9 })
    const found = await store.unknownBuckets()
    found.sort((a, b) => (a.objectKey < b.objectKey ? -1 : 1))
    const size = Buffer.byteLength('{"name":"é"}')
    t.strictSame(found, [
      { serial: OTHER, objectKey: 'constructor.x', timestamp: 9, size: 2, isPaired: false },
      { serial: SERIAL, objectKey: 'junk.1', timestamp: 7, size, isPaired: true },
      { serial: SERIAL, objectKey: 'shared_too.1', timestamp: 7, size, isPaired: true },
    ])
  })

  const ownClock = {
    skip: engine.hasOwnClock ? false : 'all processes judge by the clock of the database',
  }
  t.test('a clock that was set is noted once', ownClock, async (t) => {
    const store = await engine.open(t)
    t.equal(
      await store.keepTime({ wallMs: 5_000, steadyMs: 0 }),
      undefined,
      'a difference of seconds is not noted',
    )
    t.equal(await store.keepTime({ wallMs: 60_000, steadyMs: 0 }), 60_000)
    t.equal(await store.keepTime({ wallMs: 61_000, steadyMs: 1_000 }), undefined)
  })

  t.test(
    'what had time left has as much in the next process, and in the one after it',
    ownClock,
    async (t) => {
      const first = await engine.open(t)
      await meet(first, SERIAL, NOW_MS)
      const [change, schedule] = await decide(first, SERIAL, (draft) => {
        draft.putKey(key({ expiresAtSteadyMs: 1_000 }))
        const added = draft.addChange(newChange({ expiresAtSteadyMs: 1_000 }))
        draft.saveChange({ ...added, sentAt: { wallMs: 5, steadyMs: 6 } })
        return [added, draft.addChange(newChange({ expiresAtSteadyMs: null }))] as const
      })
      await first.keepTime({ wallMs: NOW_MS, steadyMs: 0 })
      let store = first
      for (const life of ['the next process', 'the one after it']) {
        store = await engine.reopen(store)
        const { entryKeys, changes } = await store.load(SERIAL)
        t.strictSame(entryKeys, [key({ expiresAtSteadyMs: NOW_MS + 1_000 })], life)
        t.match(changes, [
          {
            id: change.id,
            expiresAtSteadyMs: NOW_MS + 1_000,
            sentAt: { wallMs: 5, steadyMs: NOW_MS + 6 },
          },
          { id: schedule.id, expiresAtSteadyMs: null, sentAt: null },
        ])
      }
    },
  )
}

function key(over: Partial<EntryKey> = {}): EntryKey {
  return {
    code: 'AAAAAAA',
    serial: SERIAL,
    expiresAtSteadyMs: 100,
    createdAtMs: NOW_MS,
    asker: null,
    claimedBy: null,
    claimedAtMs: null,
    ...over,
  }
}

function bucket(value: Record<string, number>) {
  return { objectKey: SHARED, revision: 1, timestamp: 1, value }
}

/** Limits under which nothing is forgotten. */
function limits(over: Partial<PruneLimits>): PruneLimits {
  return {
    keysExpiredBeforeSteadyMs: 0,
    changesEndedBeforeMs: 0,
    keepChanges: { least: 0, most: 99, mostBytes: 1e9 },
    silentSinceMs: 0,
    nowSteadyMs: 0,
    ...over,
  }
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
