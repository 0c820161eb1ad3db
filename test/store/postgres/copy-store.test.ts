import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { DAY_MS, HOUR_MS } from '../../../src/protocol/history/calendar.ts'
import { historyPath } from '../../../src/store/history-path.ts'
import type { HistoryStore } from '../../../src/store/history-store.ts'
import { openOwnStore } from '../../../src/store/open.ts'
import { openHistory } from '../../../src/store/open-history.ts'
import { openShared } from '../../../src/store/open-shared.ts'
import { MQTT, type Store } from '../../../src/store/store.ts'
import { nle } from '../../commands/shell.ts'
import { NO_POSTGRES, startPostgres } from '../../helpers/postgres.ts'
import { decide, meet, putBucket } from '../../helpers/seed-store.ts'
import { chunk, summary } from '../history-suite.ts'
import { NOW_MS, OTHER, SERIAL } from '../store-suite.ts'

t.test('a household moves into PostgreSQL, and back', { skip: NO_POSTGRES }, async (t) => {
  const postgres = await startPostgres(t)
  const url = await postgres.database()
  const file = join(t.testdir({}), 'nle.sqlite')
  const back = join(t.testdir({}), 'back.sqlite')
  await inFile(file, fill)
  const before = await inFile(file, contents)
  await inHistory(historyPath(file), remember)
  const past = await inHistory(historyPath(file), memories)

  t.match(await nle(['migrate', url, '--db', join(t.testdirName, 'none')]), {
    exitCode: 4,
    stderr: /no database at/,
  })
  t.match(await nle(['migrate', url.replace('postgres@', 'postgres:pw@'), '--db', file]), {
    exitCode: 2,
    stderr: /belongs into DATABASE_URL/,
  })
  t.match(await nle(['migrate', '--db', file]), { exitCode: 2, stderr: /Name the PostgreSQL/ })

  t.match(await nle(['migrate', url, '--db', file, '--json']), {
    exitCode: 0,
    stdout: /"thermostats": ?2,\s*"paired": ?1,\s*"buckets": ?2/,
  })
  t.strictSame(await inPostgres(url, contents), before)
  t.match(
    await nle(['migrate', url, '--db', file]),
    { exitCode: 8, stderr: /has thermostats already/ },
    'what is there is not mixed with anything',
  )
  t.match(await nle(['migrate', '--back', url, '--db', file]), { exitCode: 8 })

  t.match(await nle(['migrate', '--back', '--db', back], { env: { DATABASE_URL: url } }), {
    exitCode: 0,
    stdout: /2\s+thermostats \(1 paired\), 2 buckets, with history/,
  })
  t.ok(existsSync(back))
  t.strictSame(await inFile(back, contents), before)
  t.strictSame(await inHistory(historyPath(back), memories), past)
  t.strictSame(
    past.map((each) => each.length),
    [3, 40],
  )

  const third = join(t.testdirName, 'third.sqlite')
  writeFileSync(historyPath(third), '')
  t.match(
    await nle(['migrate', '--back', '--db', third], { env: { DATABASE_URL: url } }),
    { exitCode: 8, stderr: /third\.sqlite\.history already/ },
    'a history that is there is not mixed with it either',
  )
  writeFileSync(historyPath(file), 'no history')
  const empty = await postgres.database()
  t.match(
    await nle(['migrate', empty, '--db', file]),
    {
      exitCode: 0,
      stdout: /2 thermostats/,
      stderr: /The history could not be copied, or not all of it: /,
    },
    'without a history that can be read, all the rest is copied',
  )
})

async function remember(history: HistoryStore): Promise<void> {
  for (const [n, slotMs] of [DAY_MS, HOUR_MS, HOUR_MS].entries()) {
    await history.summarize(SERIAL, [summary(NOW_MS + n * DAY_MS, n, slotMs)])
  }
  await history.append(
    Array.from({ length: 40 }, (_, n) =>
      chunk(SERIAL, NOW_MS + (3 + 2 * n) * DAY_MS + n, [n, 255]),
    ),
  )
  await history.append([chunk('09AA01AB99999999', NOW_MS)])
}

async function memories(history: HistoryStore): Promise<unknown[][]> {
  const all = { fromMs: 0, toMs: NOW_MS * 2 }
  const [summaries, chunks] = [
    await history.summaries(SERIAL, all, 99),
    await history.chunks(SERIAL, all),
  ]
  return [
    summaries.map((each) => ({ ...each, totals: [...each.totals] })),
    chunks.map((each) => ({ ...each, readings: [...each.readings] })),
  ]
}

async function inHistory<T>(path: string, work: (history: HistoryStore) => Promise<T>): Promise<T> {
  const history = openHistory(path)
  try {
    return await work(history)
  } finally {
    history.close()
  }
}

async function fill(store: Store): Promise<void> {
  await meet(store, SERIAL, NOW_MS)
  await meet(store, OTHER, NOW_MS + 1)
  await putBucket(store, SERIAL, `shared.${SERIAL}`, { name: 'a\u0000“' })
  await putBucket(store, SERIAL, 'junk.1', { a: [1] })
  await store.ensureUser('anna', NOW_MS, 'anna@example.org')
  await decide(store, SERIAL, (draft) => {
    draft.setOwner({ userId: 'anna', createdAtMs: NOW_MS + 5 })
    draft.setPassword({ salt: '00', hash: 'ff', sinceMs: NOW_MS, otherSeenAtMs: null })
    for (const code of ['AAAAAAA', 'BBBBBBB']) {
      draft.putKey({
        code,
        serial: SERIAL,
        expiresAtSteadyMs: NOW_MS + 1e9,
        createdAtMs: NOW_MS,
        asker: null,
        claimedBy: null,
        claimedAtMs: null,
      })
    }
    const change = {
      command: 'set',
      objectKey: `shared.${SERIAL}`,
      fields: { a: 1 },
      kind: 'setting' as const,
      createdAtMs: NOW_MS,
      expiresAtSteadyMs: null,
    }
    const over = draft.addChange(change)
    draft.saveChange({ ...over, state: 'confirmed', endedAtMs: NOW_MS, settled: true })
    draft.addChange(change)
  })
  // The latest change is no longer on file, and its id is still taken.
  const gone = '02AA01AC99999999'
  await meet(store, gone, NOW_MS)
  await decide(store, gone, (draft) => {
    draft.addChange({
      command: 'set',
      objectKey: `shared.${gone}`,
      fields: { a: 1 },
      kind: 'setting',
      createdAtMs: NOW_MS,
      expiresAtSteadyMs: null,
    })
  })
  await decide(store, gone, (draft) => draft.remove())
  await store.insertToken({
    id: 'a1',
    name: 'dashboard',
    scope: 'read',
    hash: 'ff',
    createdAtMs: NOW_MS,
    expiresAtMs: null,
  })
  await store.setIntegration(MQTT, { brokerUrl: 'mqtt://b' }, NOW_MS)
  await store.setMatterValues({ a: '1' })
}

/** Everything that is copied, without what is on the clock of one machine. */
async function contents(store: Store) {
  const thermostats = await Promise.all(
    (await store.serials()).map(async (serial) => {
      const state = await store.load(serial)
      const buckets = [...state.buckets.values()].map(({ value, ...each }) => ({ ...each, value }))
      const entryKeys = state.entryKeys.map(({ expiresAtSteadyMs: _, ...key }) => key)
      return { ...state, buckets, entryKeys }
    }),
  )
  return {
    thermostats,
    commands: await store.recentCommands(undefined, 99),
    accounts: await store.accounts(),
    tokens: await store.tokens(),
    broker: await store.integration(MQTT),
    matter: await store.matterValues(),
    latestChangeId: await store.latestChangeId(),
  }
}

async function inFile<T>(path: string, work: (store: Store) => Promise<T>): Promise<T> {
  const own = openOwnStore(path, NOW_MS, 0)
  if (own === undefined) throw new Error(`${path} is locked`)
  try {
    return await work(own.store)
  } finally {
    own.close()
  }
}

async function inPostgres<T>(url: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openShared(url)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}
