import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import t, { type Test } from 'tap'
import { connect } from '../../../src/store/sqlite/connect.ts'
import { openDatabase } from '../../../src/store/sqlite/database.ts'
import { GroupCommit } from '../../../src/store/sqlite/group-commit.ts'
import { storeFailure } from '../../../src/store/sqlite/sqlite-errors.ts'

/** A group on a real file, whose turn ends when the test says so; what happened, in order. */
function start(t: Test) {
  const path = join(t.testdir(), 'nle.sqlite')
  const db = openDatabase(path, { nowMs: 0 })
  const reader = connect(path, { readonly: true })
  t.teardown(() => {
    reader.close()
    db.close()
  })
  const turns: (() => void)[] = []
  const group = new GroupCommit(db, (flush) => turns.push(flush))
  const log: string[] = []
  const insert = (serial: string) => {
    db.prepare(
      'INSERT INTO devices (serial, first_seen_at_ms, last_seen_at_ms) VALUES (?, 0, 0)',
    ).run(serial)
    log.push(`work ${serial}`)
    return serial
  }
  const run = (work: () => string, isOneStatement?: boolean) =>
    group.run(
      work,
      (serial) => log.push(`done ${serial}, on disk: ${onDisk().includes(serial)}`),
      (error) => log.push(`failed: ${error instanceof Error ? error.message : error}`),
      isOneStatement,
    )
  const onDisk = () => reader.prepare<[], string>('SELECT serial FROM devices').pluck().all()
  const endTurn = () =>
    turns.splice(0).forEach((flush) => {
      flush()
    })
  return { db, group, log, insert, run, onDisk, endTurn, turns }
}

t.test(
  'U6: what one turn brings shares one commit, and is acknowledged after it, in order',
  async (t) => {
    const { log, insert, run, endTurn, onDisk, turns } = start(t)
    run(() => insert('A'))
    run(() => insert('B'))
    t.equal(turns.length, 1, 'one commit for both')
    t.strictSame(log, ['work A', 'work B'], 'work runs at once, and sees what came before')
    t.strictSame(onDisk(), [])
    endTurn()
    t.strictSame(log.slice(2), ['done A, on disk: true', 'done B, on disk: true'])
  },
)

t.test('work that throws is undone alone', async (t) => {
  const { log, insert, run, endTurn, onDisk } = start(t)
  run(() => insert('A'))
  run(() => {
    insert('B')
    throw new Error('changed its mind')
  })
  run(() => insert('C'))
  t.equal(log[2], 'failed: changed its mind', 'and is told at once')
  endTurn()
  t.strictSame(onDisk(), ['A', 'C'])
  t.strictSame(log.slice(4), ['done A, on disk: true', 'done C, on disk: true'])
})

t.test(
  'one statement that fails is undone alone, and so is the whole turn when SQLite ends it',
  async (t) => {
    const { db, log, insert, run, endTurn, onDisk } = start(t)
    run(() => insert('A'), true)
    // Its serial is on file.
    run(() => insert('A'), true)
    run(() => insert('B'), true)
    t.match(log[1], /^failed: .*SQLITE_CONSTRAINT/, 'and is told at once')
    endTurn()
    t.strictSame(onDisk(), ['A', 'B'])
    run(() => insert('C'), true)
    run(() => {
      db.exec('ROLLBACK')
      throw Object.assign(new Error('full'), { code: 'SQLITE_FULL' })
    }, true)
    endTurn()
    t.strictSame(onDisk(), ['A', 'B'])
  },
)

t.test('the first work of a turn that throws is undone alone as well', async (t) => {
  const { log, insert, run, endTurn, onDisk } = start(t)
  run(() => {
    insert('A')
    throw new Error('no')
  })
  run(() => insert('B'))
  endTurn()
  t.strictSame(onDisk(), ['B'])
  t.strictSame(log.slice(1), ['failed: no', 'work B', 'done B, on disk: true'])
})

t.test('a turn in which all work throws leaves nothing open', async (t) => {
  const { log, insert, run, endTurn, onDisk, db } = start(t)
  run(() => {
    throw new Error('no')
  })
  endTurn()
  t.equal(db.inTransaction, false)
  run(() => insert('A'))
  endTurn()
  t.strictSame(onDisk(), ['A'])
  t.strictSame(log, ['failed: no', 'work A', 'done A, on disk: true'])
})

t.test('a commit that fails fails all of the group, and the next one works', async (t) => {
  const { db, log, insert, run, endTurn, onDisk } = start(t)
  db.pragma('defer_foreign_keys = ON')
  run(() => insert('A'))
  run(() => {
    // Checked at the commit only: the way to have a commit fail on purpose.
    db.pragma('defer_foreign_keys = ON')
    db.prepare("INSERT INTO owners VALUES ('nobody', 'nobody', 0)").run()
    return 'B'
  })
  endTurn()
  t.match(log.slice(1), [/^failed: .*SQLITE_CONSTRAINT/, /^failed: .*SQLITE_CONSTRAINT/])
  t.equal(db.inTransaction, false)
  t.strictSame(onDisk(), [])
  run(() => insert('C'))
  endTurn()
  t.strictSame(onDisk(), ['C'])
})

t.test('when SQLite ends the whole transaction by itself, the group hears of it', async (t) => {
  const { db, log, insert, run, endTurn, onDisk } = start(t)
  run(() => insert('A'))
  run(() => {
    // As a full disk does.
    db.exec('ROLLBACK')
    throw Object.assign(new Error('full'), { code: 'SQLITE_FULL' })
  })
  const full = 'failed: The database could not be written: the disk is full.'
  t.strictSame(log, ['work A', full, full])
  endTurn()
  run(() => insert('C'))
  endTurn()
  t.strictSame(onDisk(), ['C'])
})

/** As on a disk that has room for this many pages more. */
function leaveRoom(db: Database, pages: number): void {
  const used = Number(db.pragma('page_count', { simple: true }))
  db.pragma(`max_page_count = ${used + pages}`)
}

t.test('a disk that gets full in the middle of a turn: later work has another group', async (t) => {
  const { db, log, insert, run, endTurn, onDisk, turns } = start(t)
  leaveRoom(db, 2)
  run(() => insert('A'))
  run(() => {
    insert('B')
    return insert(`C${'x'.repeat(50_000)}`)
  })
  const full = 'failed: The database could not be written: the disk is full.'
  t.strictSame(log, ['work A', 'work B', full, full], 'A hears of it, too')
  t.equal(db.inTransaction, false)
  run(() => insert('D'))
  t.equal(log.at(-1), 'work D', 'what fits is taken')
  t.equal(turns.length, 2)
  endTurn()
  t.strictSame(log.slice(4), ['work D', 'done D, on disk: true'])
  t.strictSame(onDisk(), ['D'], 'nothing of what failed')
  leaveRoom(db, 1_000)
  run(() => insert('A'))
  endTurn()
  t.strictSame(onDisk(), ['A', 'D'])
})

t.test('work that cannot be undone alone is undone with all of its turn', async (t) => {
  const { db, log, insert, run, endTurn, onDisk } = start(t)
  run(() => insert('A'))
  run(() => {
    insert('B')
    // Where it would have to go back to is gone.
    db.exec('RELEASE work')
    throw new Error('no')
  })
  t.strictSame(log, ['work A', 'work B', 'failed: no', 'failed: no'])
  t.equal(db.inTransaction, false)
  run(() => insert('C'))
  endTurn()
  t.strictSame(onDisk(), ['C'])
})

t.test('somebody else who writes is waited for no longer than the busy timeout', async (t) => {
  const { db, log, insert, run, endTurn } = start(t)
  db.pragma('busy_timeout = 1')
  const other = connect(db.name, {})
  other.exec('BEGIN IMMEDIATE')
  run(() => insert('A'))
  t.match(log, [/^failed: .* another program keeps it locked/])
  other.exec('ROLLBACK')
  other.close()
  run(() => insert('A'))
  endTurn()
  t.equal(log.at(-1), 'done A, on disk: true')
})

t.test('the end of the process commits what is waiting', async (t) => {
  const { group, insert, run, onDisk, endTurn, log } = start(t)
  run(() => insert('A'))
  group.flush()
  t.strictSame(onDisk(), ['A'])
  endTurn()
  t.equal(log.filter((each) => each.startsWith('done')).length, 1, 'once')
})

t.test('as promises', async (t) => {
  const { group, insert, endTurn } = start(t)
  const done = group.commit(() => insert('A'))
  const failed = group.commit(() => {
    throw new Error('no')
  })
  endTurn()
  t.equal(await done, 'A')
  await t.rejects(failed, { message: 'no' })
})

t.test('what is wrong with the disk is told in words, a defect of ours as it is', async (t) => {
  const rows: [string, RegExp][] = [
    ['SQLITE_FULL', /the disk is full/],
    ['SQLITE_IOERR_WRITE', /written: the disk reports an error/],
    ['SQLITE_IOERR_READ', /read: the disk reports an error/],
    ['SQLITE_CORRUPT_VTAB', /damaged.*nle restore/],
    ['SQLITE_NOTADB', /damaged.*nle restore/],
    ['SQLITE_IOERR_SHORT_READ', /damaged.*nle restore/],
    ['SQLITE_READONLY_DBMOVED', /read-only/],
    ['SQLITE_MISUSE', /SQLite says SQLITE_MISUSE/],
  ]
  for (const [code, words] of rows) {
    t.match(storeFailure(Object.assign(new Error('x'), { code })), {
      code: 'store',
      message: words,
    })
  }
  const defect = new TypeError('x is not a function')
  t.equal(storeFailure(defect), defect)
})
