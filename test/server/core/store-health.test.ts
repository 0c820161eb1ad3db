import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { StoreHealth } from '../../../src/server/core/store-health.ts'
import type { DiskRefusal } from '../../../src/store/sqlite/disk.ts'
import { troubleOf } from '../../../src/store/sqlite/sqlite-errors.ts'
import { ManualClock, START_MS } from '../../helpers/manual-clock.ts'

/** A health whose database and disk do as the test says. */
function start() {
  const clock = new ManualClock()
  const world: {
    refusal: DiskRefusal
    failure: unknown
    proofs: number
    reopenings: number
    afterReopening?: unknown
  } = { refusal: undefined, failure: undefined, proofs: 0, reopenings: 0 }
  const store = {
    troubleOf,
    diskRefusal: () => world.refusal,
    reopen: async () => {
      world.reopenings += 1
      if ('afterReopening' in world) world.failure = world.afterReopening
    },
    prove: async () => {
      world.proofs += 1
      if (world.failure !== undefined) throw world.failure
    },
  }
  const lines: string[] = []
  const log = {
    ...silentLogger,
    info: (event: string, fields = {}) => lines.push(`${event} ${JSON.stringify(fields)}`),
    error: (event: string, fields = {}) => lines.push(`${event} ${JSON.stringify(fields)}`),
  }
  const health = new StoreHealth(store, clock, log)
  health.start()
  /** Time passes, and what was asked for meanwhile is done. */
  const advance = async (ms: number) => {
    clock.advance(ms)
    await turn()
  }
  return { clock, world, lines, health, advance }
}

const failure = (code: string) => Object.assign(new Error('x'), { code })

t.test('a database that is well is not looked at', async (t) => {
  const { clock, world, health, advance } = start()
  await health.look()
  await advance(3_600_000)
  t.equal(world.proofs, 0)
  t.equal(clock.timers.pending, 0)
  t.equal(health.trouble, undefined)
})

t.test('a trouble begins and ends with one line each, whatever fails between', async (t) => {
  const { clock, world, lines, health, advance } = start()
  world.refusal = 'full'
  for (let i = 0; i < 100; i++) t.equal(health.notice(failure('SQLITE_FULL')), true)
  health.complain('a push could not be recorded', failure('SQLITE_FULL'))
  t.match(health.trouble, {
    kind: 'full',
    code: 'SQLITE_FULL',
    reason: 'The database could not be written: the disk is full.',
    sinceMs: START_MS,
  })
  t.equal(lines.length, 1)
  await advance(10_000)
  t.equal(world.proofs, 0, 'a page more or less says nothing while there is no room')
  world.refusal = undefined
  world.failure = failure('SQLITE_FULL')
  await advance(10_000)
  t.equal(world.proofs, 1)
  t.ok(health.trouble)
  world.failure = undefined
  await advance(10_000)
  t.equal(health.trouble, undefined, 'although nobody asked')
  t.match(lines, [/^the database is in trouble.*disk is full/, /^the database is well.*:30}/])
  t.equal(clock.timers.pending, 0)
})

t.test('whoever asks has it looked at, at most once a second', async (t) => {
  const { world, health, advance } = start()
  world.failure = failure('SQLITE_FULL')
  health.notice(world.failure)
  await health.look()
  await health.look()
  t.equal(world.proofs, 1)
  world.failure = undefined
  await advance(1_000)
  await health.look()
  t.equal(health.trouble, undefined)
})

t.test('why the disk does not take anything is asked of the file system', async (t) => {
  const rows: [string, DiskRefusal, string][] = [
    ['SQLITE_IOERR_WRITE', 'read-only', 'the file system is read-only'],
    ['SQLITE_IOERR_SHMSIZE', 'full', 'the disk is full'],
    ['SQLITE_IOERR_FSYNC', undefined, 'could not be written: the disk reports an error'],
    ['SQLITE_IOERR_READ', 'disk', 'could not be read: the disk reports an error'],
    ['SQLITE_READONLY_DBMOVED', undefined, 'the file system is read-only'],
    ['SQLITE_BUSY', undefined, 'another program keeps it locked'],
  ]
  for (const [code, refusal, words] of rows) {
    const { world, health } = start()
    world.refusal = refusal
    health.notice(failure(code))
    t.match(health.trouble?.reason, words, code)
  }
})

t.test('what is damaged stays so, and nothing is written to it any more', async (t) => {
  const { world, lines, health, advance } = start()
  health.notice(failure('SQLITE_FULL'))
  t.equal(health.refusal, undefined, 'a full disk may have room for the next')
  // It shows while a look at the disk is under way, which then finds nothing wrong.
  const looking = health.look()
  health.notice(failure('SQLITE_CORRUPT_INDEX'))
  await looking
  await advance(60_000)
  t.match(health.trouble, { kind: 'damaged', reason: /nle restore/ })
  t.match(health.refusal, { code: 'store', message: /nle restore/ })
  health.notice(failure('SQLITE_FULL'))
  t.match(health.trouble, { kind: 'damaged' }, 'the worst of them counts')
  t.equal(lines.length, 2)
  t.equal(world.proofs, 1)
})

t.test('what is not the database’s is left to others', async (t) => {
  const { lines, health } = start()
  const defects = [
    new TypeError('x is not a function'),
    failure('SQLITE_CONSTRAINT'),
    failure('EPIPE'),
  ]
  for (const defect of defects) {
    t.equal(health.notice(defect), false)
    t.equal(health.explained(defect), undefined)
    health.complain('retry failed', defect, { serial: 'X' })
  }
  t.equal(health.trouble, undefined)
  t.match(lines, [/retry failed.*x is not a function/, /retry failed/, /retry failed/])
})

t.test('a cause is found behind the words it was put into', async (t) => {
  const { health } = start()
  const worded = new Error('Entry key service unavailable', {
    cause: new Error('could not be written', { cause: failure('SQLITE_FULL') }),
  })
  t.equal(health.notice(worded), true)
  t.match(health.explained(failure('SQLITE_FULL')), {
    code: 'store',
    message: /disk is full/,
    details: { retryAfterS: 10 },
  })
})

t.test(
  'a lock of another program is checked every second, and says when to ask again',
  async (t) => {
    const { world, health, advance } = start()
    world.failure = failure('SQLITE_BUSY')
    t.match(health.explained(world.failure), { code: 'store', details: { retryAfterS: 1 } })
    await advance(1_000)
    t.equal(world.proofs, 1)
    world.failure = undefined
    await advance(1_000)
    t.equal(health.trouble, undefined)
  },
)

t.test('a disk that is back has the database opened anew, every ten seconds at most', async (t) => {
  const { world, health, advance } = start()
  world.failure = failure('SQLITE_IOERR_WRITE')
  world.refusal = 'read-only'
  health.notice(world.failure)
  await advance(10_000)
  t.equal(world.reopenings, 0, 'not while the file system is read-only')
  world.refusal = undefined
  await advance(10_000)
  t.equal(world.reopenings, 1)
  t.ok(health.trouble, 'it may be the wrong moment')
  world.afterReopening = undefined
  await advance(10_000)
  t.equal(world.reopenings, 2)
  t.equal(health.trouble, undefined)
})

t.test('a damaged database is not worth asking again', async (t) => {
  const { health } = start()
  t.strictSame(health.explained(failure('SQLITE_CORRUPT'))?.details, {})
})

t.test('one that is stopped keeps no process alive', async (t) => {
  const { clock, health, world } = start()
  world.refusal = 'full'
  health.notice(failure('SQLITE_FULL'))
  t.equal(clock.timers.pending, 1)
  health.stop()
  t.equal(clock.timers.pending, 0)
  const nothing = async (): Promise<void> => {}
  const diskRefusal = () => 'full' as const
  const store = { troubleOf, prove: nothing, reopen: nothing, diskRefusal }
  const idle = new StoreHealth(store, clock, silentLogger)
  idle.notice(failure('SQLITE_FULL'))
  t.equal(clock.timers.pending, 0, 'nor one that was never started, as of a command')
})
