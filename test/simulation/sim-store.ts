import { NleError } from '../../src/errors.ts'
import type { Batches } from '../../src/store/postgres/batches.ts'
import type { PendingDecision } from '../../src/store/postgres/chain.ts'
import { Decisions } from '../../src/store/postgres/decisions.ts'
import type { EngineTime } from '../../src/store/postgres/engine-time.ts'
import { postgresTrouble, told } from '../../src/store/postgres/faults.ts'
import { HeardChanges } from '../../src/store/postgres/heard-changes.ts'
import { NumberedCommits } from '../../src/store/postgres/numbered-commits.ts'
import { keyOf } from '../../src/store/postgres/records.ts'
import { States } from '../../src/store/postgres/states.ts'
import type { SharedStore } from '../../src/store/shared-store.ts'
import type { Store } from '../../src/store/store.ts'
import type { Random } from './random.ts'
import type { SimDatabase } from './sim-database.ts'
import type { SimLink } from './sim-link.ts'
import type { SimProcess } from './sim-process.ts'

export interface SimStoreParts {
  readonly database: SimDatabase
  readonly random: Random
  readonly link: SimLink
  readonly process: SimProcess
}

/** How often a process asks for a job that another one has. */
const ASK_MS = 2_000

/** What the services of a story ask of a store. */
type Simulated = Pick<
  Store,
  | 'decide'
  | 'load'
  | 'shown'
  | 'recordSeen'
  | 'setServer'
  | 'keepTime'
  | 'clampExpiry'
  | 'prune'
  | 'troubleOf'
  | 'prove'
  | 'reopen'
  | 'diskRefusal'
  | 'unpaired'
  | 'countUnpaired'
  | 'keyByCode'
  | 'serialsWithExpiredKey'
  | 'serialsWithOverdueChange'
  | 'recentCommands'
  | 'latestChangeId'
>

/**
 * The store of one process on the database that several share: the engine for PostgreSQL with its decisions,
 * states and lookups, on simulated connections.
 */
export function simStore(parts: SimStoreParts): Store & { readonly shared: SharedStore } {
  const { database, link, process } = parts
  const { rows } = database
  const time: EngineTime = {
    steadyMs: () => process.ownClock().now().steadyMs,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        process.after(ms, resolve)
        signal?.addEventListener('abort', () => resolve())
      }),
    atTurnEnd: (work) => void process.after(0, work),
  }
  const states = new States((serials, known) => link.ask(() => rows.load(serials, known)), time)
  const commits = new NumberedCommits(() => link.lastNumber(), time)
  const decisions = new Decisions(
    states,
    {
      commit: async (nets) => {
        let versions: ReadonlyMap<string, number> = new Map()
        await commits.run((number, sent) =>
          link.commit(nets, number, (written) => {
            versions = written
            sent()
          }),
        )
        return versions
      },
    } satisfies Pick<Batches, 'commit'>,
    (count) =>
      link.write([], () => {
        const first = rows.latestChangeId + 1
        rows.latestChangeId += count
        return [first]
      }),
    time,
  )
  const ask = <T>(work: () => T): Promise<T> => told(link.ask(work))
  const simulated: Simulated = {
    decide: (serial, decide, done, failed) =>
      decisions.add({ serial, decide, done: done as PendingDecision['done'], failed }),
    load: (serial) => told(states.load(serial).then(({ state }) => state)),
    shown: (serial) => told(states.shown(serial)),
    recordSeen: (seenAtMs) =>
      told(
        link.write([...seenAtMs.keys()], () => {
          for (const [serial, { atMs }] of seenAtMs) rows.noteSeen(serial, atMs)
          return [undefined]
        }),
      ),
    setServer: () => told(link.write([], () => [undefined])),
    keepTime: async () => undefined,
    // Clocks are never wrong by more than a minute here, so nothing expires too late or was silent for a day.
    clampExpiry: () => told(link.write([], () => [undefined])),
    prune: () => told(link.write([], () => [[]])),
    troubleOf: postgresTrouble,
    prove: () => told(link.write([], () => [undefined])),
    reopen: async () => {},
    diskRefusal: () => undefined,
    unpaired: () => ask(() => rows.unpaired()),
    countUnpaired: () => ask(() => rows.unpaired().length),
    keyByCode: (code) =>
      ask(() => {
        const row = rows.key(code)
        return row === undefined ? undefined : keyOf(row)
      }),
    serialsWithExpiredKey: (steadyMs) => ask(() => rows.withExpiredKey(steadyMs)),
    serialsWithOverdueChange: (steadyMs) => ask(() => rows.withOverdueChange(steadyMs)),
    recentCommands: (serial, limit) => ask(() => rows.recentCommands(serial, limit)),
    latestChangeId: () => ask(() => rows.latestChangeId),
  }
  const shared = sharedStore(parts, states)
  return new Proxy({ ...simulated, shared } as unknown as Store & { shared: SharedStore }, {
    get: (store, name) => {
      if (name in store) return store[name as keyof Store]
      throw new Error(`The simulation does not know ${String(name)} of a store.`)
    },
  })
}

function sharedStore(
  { database, random, link, process }: SimStoreParts,
  states: States,
): SharedStore {
  const { rows } = database
  const jobs = new Set<{ isHeld: boolean; readonly lost: () => void }>()
  const changes = new HeardChanges(states, (serials) =>
    link.ask(
      () =>
        new Map(
          serials.flatMap((each) => {
            const version = rows.versionOf(each)
            return version === undefined ? [] : [[each, version] as const]
          }),
        ),
    ),
  )
  return {
    processId: link.processId,
    onChanged: (changed, held) => {
      const end = changes.listen({ changed, held })
      link.listen({
        heard: (versions) => changes.heard(versions),
        connected: (untilMs) => changes.connected(untilMs),
        lost: () => {
          for (const job of jobs) {
            if (job.isHeld) job.lost()
            job.isHeld = false
          }
        },
      })
      return end
    },
    time: () => told(link.ask(() => database.time())),
    exclusive: (name, gained, lost) => {
      const request = (): void => {
        // Who asks every two seconds has it at most that long after it is free.
        database.jobs.whenFree(name, () => process.after(random.int(ASK_MS), take))
      }
      const take = (): void => {
        link
          .take(name)
          .then((epoch) => {
            if (epoch === undefined) return request()
            job.isHeld = true
            gained(epoch)
          })
          .catch(() => process.after(ASK_MS, take))
      }
      const job = {
        isHeld: false,
        lost: () => {
          lost()
          process.after(ASK_MS, take)
        },
      }
      jobs.add(job)
      take()
      return async () => {
        jobs.delete(job)
        await link.free(name)
      }
    },
    setIntegrationAs: ({ name, epoch }, integration, config) =>
      told(
        link.write([], () => {
          if (database.jobs.epochOf(name) !== epoch) throw new NleError('in_use', 'too late')
          const wasSet = database.integrations.has(integration)
          database.integrations.set(integration, config)
          return [wasSet]
        }),
      ),
    count: (counts) => told(link.ask(() => counts.map(() => 0))),
    lastSeen: (serials) =>
      told(
        link.ask(
          () =>
            new Map(
              serials.flatMap((each) => {
                const atMs = rows.lastSeen(each)
                return atMs === undefined ? [] : [[each, { atMs }] as const]
              }),
            ),
        ),
      ),
    isReady: () => link.ask(() => true).catch(() => false),
    get history(): never {
      throw new Error('The simulation keeps no history.')
    },
  }
}
