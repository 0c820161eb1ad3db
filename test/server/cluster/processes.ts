import type { Test } from 'tap'
import { V3, V7 } from '../../../src/protocol/transport/dialect.ts'
import type { SubscribeRequest } from '../../../src/protocol/transport/subscribe-request.ts'
import { Cluster, type SharedWork } from '../../../src/server/cluster/cluster.ts'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { makeServices, type Services } from '../../../src/server/services.ts'
import { type FakeProcess, SharedDatabase } from '../../helpers/fake-shared.ts'
import { SERIAL } from '../../helpers/home.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { CONFIG } from '../../simulation/sim-server.ts'

const CALLER = { serial: SERIAL, network: '192.168.1.20' }

/** A connection that a test holds. */
export interface Held {
  /** What was written to it, in order. */
  readonly documents: string[]
  isEnded: boolean
}

export interface Process extends Services {
  readonly fake: FakeProcess
  readonly cluster: Cluster
  hold(
    listed: Readonly<Record<string, readonly [revision: number, timestamp: number]>>,
  ): Promise<Held>
  /** The same as a poll of transport v3 that lists nothing; its answer is the only document. */
  poll(): Promise<Held>
  put(objectKey: string, value: object): Promise<void>
}

/** Several processes on one database and one clock, without sockets. */
export async function startProcesses(
  t: Test,
  count: number,
  workOf: (index: number) => Readonly<Record<string, SharedWork>> = () => ({}),
): Promise<{ clock: ManualClock; all: Process[] }> {
  const clock = new ManualClock()
  const database = new SharedDatabase(clock)
  t.teardown(() => database.close())
  const all: Process[] = []
  for (let index = 0; index < count; index++) {
    all.push(await startProcess(t, database, clock, workOf(index)))
  }
  return { clock, all }
}

async function startProcess(
  t: Test,
  database: SharedDatabase,
  clock: ManualClock,
  work: Readonly<Record<string, SharedWork>>,
): Promise<Process> {
  const fake = database.process()
  const services = makeServices(fake.store, { config: CONFIG, clock, log: silentLogger })
  const { core, sentPushes, transport } = services
  const cluster = new Cluster({
    core,
    sentPushes,
    shared: fake.store.shared,
    work,
    hasWatchers: () => true,
    ownClock: clock,
  })
  await cluster.start()
  t.teardown(async () => {
    await cluster.stop()
    core.presence.stop()
    sentPushes.stop()
    core.writer.stop()
  })
  const open = (request: SubscribeRequest | undefined): Promise<Held> => {
    if (request === undefined) throw new Error('not a subscribe')
    const held: Held = { documents: [], isEnded: false }
    return new Promise((resolve, reject) => {
      transport.subscribe(
        CALLER,
        request,
        {
          writeHead: () => {},
          write: (document, done) => {
            held.documents.push(document)
            done()
          },
          end: () => {
            held.isEnded = true
          },
          endPlain: (_, document, done) => {
            if (document !== '') held.documents.push(document)
            held.isEnded = true
            done()
          },
        },
        (error) => (error === undefined ? resolve(held) : reject(error)),
      )
    })
  }
  const hold: Process['hold'] = (listed) => {
    const objects = Object.entries(listed).map(([key, [revision, timestamp]]) => ({
      object_key: key,
      object_revision: revision,
      object_timestamp: timestamp,
    }))
    return open(V7.parseSubscribe({ chunked: true, session: 's', objects }, SERIAL))
  }
  const poll = () => open(V3.parseSubscribe({ keys: [] }, SERIAL))
  const put: Process['put'] = async (objectKey, value) => {
    const body = { session: 's', [objectKey]: { object_key: objectKey, ...value } }
    const request = V7.parsePut(body, SERIAL)
    if (request === undefined) throw new Error('not a put')
    await transport.put(CALLER, request)
  }
  return { ...services, fake, cluster, hold, poll, put }
}

/** Resolves once everything that was begun is done: decisions take some turns of the event loop. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}
