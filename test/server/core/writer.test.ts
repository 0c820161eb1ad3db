import t, { type Test } from 'tap'
import { newDevice } from '../../../src/protocol/thermostat/contact.ts'
import {
  type Decision,
  type DecisionInput,
  isEmpty,
  onlyReply,
} from '../../../src/protocol/thermostat/decision.ts'
import { Draft } from '../../../src/protocol/thermostat/draft.ts'
import { EventBus } from '../../../src/server/core/event-bus.ts'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { StoreHealth } from '../../../src/server/core/store-health.ts'
import { Subscriptions } from '../../../src/server/core/subscriptions.ts'
import { Writer } from '../../../src/server/core/writer.ts'
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { failCommits } from '../../helpers/failing-disk.ts'
import { ManualClock, START_MS } from '../../helpers/manual-clock.ts'

const SERIAL = '02AA01AC12345678'
const SHARED = `shared.${SERIAL}`
const HOUR_MS = 3_600_000

/** A writer whose turns end when the test says, and everything it tells, in order. */
function start(t: Test) {
  let flush = (): void => {}
  const store = new SqliteStore(':memory:', { nowMs: START_MS }, (atTurnEnd) => {
    flush = atTurnEnd
  })
  t.teardown(() => store.close())
  const told: string[] = []
  const clock = new ManualClock()
  const log = {
    ...silentLogger,
    info: (event: string) => told.push(`log: ${event}`),
    error: (event: string) => told.push(`error: ${event}`),
  }
  const health = new StoreHealth(store, clock, silentLogger)
  const events = new EventBus(() => {})
  events.on('changeMoved', ({ state }) => told.push(`moved: ${state}`))
  events.on('deviceChanged', (serial) => told.push(`changed: ${serial}`))
  const subscriptions = new Subscriptions(1)
  subscriptions.push = (_serial, { objects: [{ revision }] }) => told.push(`push: ${revision}`)
  const writer = new Writer({ store, health, clock, subscriptions, events, log })
  const run = <Reply>(decide: (input: DecisionInput) => Decision<Reply>): void =>
    writer.run(
      SERIAL,
      decide,
      (reply) => told.push(`done: ${reply}`),
      (error) => told.push(`failed: ${(error as Error).message}`),
    )
  return { store, clock, health, subscriptions, writer, told, run, flush: () => flush() }
}

/** Writes something of every kind that is told, and replies with how often it was made. */
function decideAll(input: DecisionInput): Decision<number> {
  const draft = new Draft(input)
  const count = Number(draft.bucket(SHARED)?.value.count ?? 0) + 1
  draft.setDevice(newDevice(START_MS))
  const bucket = { objectKey: SHARED, revision: count, timestamp: count, value: { count } }
  draft.putBucket(bucket, '')
  const change = {
    command: 'set_temperature',
    objectKey: SHARED,
    fields: { target_temperature: 21 },
    kind: 'setpoint' as const,
    createdAtMs: START_MS,
    expiresAtSteadyMs: null,
  }
  draft.announce(draft.addChange(change))
  draft.push({ objects: [bucket], carries: [] })
  draft.note('info', 'noted')
  return draft.decision(count)
}

/** The lines that the publishing of one decision writes. */
const toldOf = (count: number): string[] => [
  'log: noted',
  `push: ${count}`,
  'log: change queued',
  'moved: queued',
  `changed: ${SERIAL}`,
  `done: ${count}`,
]

t.test('what was decided is pushed, told and answered after the commit', async (t) => {
  const { run, flush, told, store } = start(t)
  run(decideAll)
  run(decideAll)
  t.strictSame(told, [])
  flush()
  t.strictSame(told, [...toldOf(1), ...toldOf(2)], 'one decision after the other')
  t.match((await store.load(SERIAL)).buckets.get(SHARED), { value: { count: 2 } })
})

t.test('a commit that fails tells of nothing but the failure', async (t) => {
  const { run, flush, told, store, health } = start(t)
  failCommits(store)
  run(decideAll)
  t.strictSame(told, [])
  flush()
  t.strictSame(told, ['failed: database or disk is full'])
  t.match(health.trouble, { kind: 'full' })
})

t.test('a decision that throws fails alone', async (t) => {
  const { run, flush, told, health } = start(t)
  run(decideAll)
  run(() => {
    throw new Error('refused')
  })
  t.strictSame(told, ['failed: refused'])
  flush()
  t.strictSame(told.slice(1), toldOf(1))
  t.equal(health.trouble, undefined)
})

t.test('a defect in telling keeps no decision from being acknowledged', async (t) => {
  const { run, flush, told, subscriptions } = start(t)
  subscriptions.push = () => {
    throw new Error('a defect')
  }
  run(decideAll)
  run((input) => onlyReply(input, 'second'))
  flush()
  t.strictSame(told, [
    'log: noted',
    'error: a defect in nle, after a transaction',
    'done: 1',
    'done: second',
  ])
})

t.test('a defect in one acknowledgement keeps no other decision from its own', async (t) => {
  const { run, flush, told, writer } = start(t)
  const fail = (): never => {
    throw new Error('a defect')
  }
  writer.run(SERIAL, (input) => onlyReply(input, 'first'), fail, fail)
  run((input) => onlyReply(input, 'second'))
  flush()
  t.strictSame(told, ['error: a defect in nle, after a transaction', 'done: second'])
})

t.test('the next decision of the same turn remembers what this one did', async (t) => {
  const { run, flush, told, writer, clock } = start(t)
  const ask = (input: DecisionInput): Decision<boolean> => {
    const draft = new Draft(input)
    draft.setDevice(newDevice(START_MS))
    return draft.decision(draft.memory.mayAsk(SHARED, draft.now, true))
  }
  run(ask)
  t.equal(writer.memoryOf(SERIAL).asks.size, 1, 'before the commit')
  run(ask)
  flush()
  t.strictSame(told, ['done: true', 'done: false'])
  clock.advance(HOUR_MS)
  writer.forgetOld()
  t.equal(writer.memoryOf(SERIAL).asks.size, 1)
  clock.advance(1)
  writer.forgetOld()
  t.equal(writer.memoryOf(SERIAL).asks.size, 0, 'an hour after it was last used')
})

t.test('nothing is decided or written on a database that is damaged', async (t) => {
  const { run, told, writer, health } = start(t)
  health.notice({ code: 'SQLITE_CORRUPT' })
  run(() => t.fail('it was decided') as never)
  t.match(told, [/^failed: The database is damaged/])
  const write = writer.write(async () => t.fail('it was written'))
  await t.rejects(write, { code: 'store', message: /damaged/ })
})

/** From now on every decision that writes finds the database locked; returns what unlocks it. */
function lock(store: SqliteStore): () => void {
  const original = store.decide.bind(store)
  store.decide = (serial, decide, done, failed) =>
    original(
      serial,
      (state, nextChangeId) => {
        const decision = decide(state, nextChangeId)
        if (isEmpty(decision.writes)) return decision
        throw Object.assign(new Error('locked'), { code: 'SQLITE_BUSY' })
      },
      done,
      failed,
    )
  return () => {
    store.decide = original
  }
}

t.test('on a locked database, writes wait in their order, and reads are answered', async (t) => {
  const { run, flush, told, store, clock, health } = start(t)
  const unlock = lock(store)
  run(decideAll)
  run((input) => onlyReply(input, 'a read'))
  t.strictSame(told, ['done: a read'])
  unlock()
  run(decideAll)
  run((input) => onlyReply(input, 'another read'))
  t.strictSame(told.splice(0), ['done: a read', 'done: another read'], 'none overtakes a write')
  clock.advance(25)
  flush()
  t.strictSame(told, [...toldOf(1), ...toldOf(2)])
  t.equal(health.trouble, undefined)
})

t.test('what waits for a locked database is remembered once it is done', async (t) => {
  const { run, flush, told, store, clock, writer } = start(t)
  const ask = (input: DecisionInput): Decision<boolean> => {
    const draft = new Draft(input)
    draft.setDevice(newDevice(START_MS))
    return draft.decision(draft.memory.mayAsk(SHARED, draft.now, true))
  }
  const unlock = lock(store)
  run(ask)
  t.equal(writer.memoryOf(SERIAL).asks.size, 0)
  unlock()
  clock.advance(25)
  flush()
  t.strictSame(told, ['done: true'], 'as if it had not been decided before')
  t.equal(writer.memoryOf(SERIAL).asks.size, 1)
})

t.test('a write that a locked database keeps for two seconds is never done', async (t) => {
  const { run, told, store, clock, writer, health } = start(t)
  const unlock = lock(store)
  run(decideAll)
  const busy = Object.assign(new Error('locked'), { code: 'SQLITE_BUSY' })
  const write = writer.write(() => Promise.reject(busy))
  const refused = t.rejects(write, { code: 'store' })
  for (let ms = 0; ms <= 2_000; ms += 25) {
    await Promise.resolve()
    clock.advance(25)
  }
  await refused
  t.match(told, [/^failed: .*another program keeps it locked/])
  t.match(health.trouble, { kind: 'busy' })
  run(decideAll)
  t.equal(told.length, 2, 'the next one is refused at once')
  unlock()
  clock.advance(60_000)
  t.equal((await store.load(SERIAL)).device, undefined)
})

t.test('a write of no single thermostat that fails is the trouble of the database', async (t) => {
  const { writer, health } = start(t)
  const full = Object.assign(new Error('full'), { code: 'SQLITE_FULL' })
  await t.rejects(
    writer.write(() => Promise.reject(full)),
    full,
  )
  t.match(health.trouble, { kind: 'full' })
})
