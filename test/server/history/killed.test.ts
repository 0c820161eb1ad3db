import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import SqliteDatabase from 'better-sqlite3'
import t from 'tap'
import { openHistory } from '../../../src/store/open-history.ts'

const WRITER = fileURLToPath(new URL('./writer-process.ts', import.meta.url))
const SERIAL = '02AA01AC00000002'
const ALL = { fromMs: -1, toMs: 1e15 }
const HALF_HOUR_MS = 1_800_000

/** Kills a process that writes as soon as it has written so many batches; returns the last one that it told of. */
async function killAfter(path: string, first: number, batches: number): Promise<number> {
  // With a clean environment: the test runner's would put its own signal handlers into the process.
  const command = ['-i', process.execPath, WRITER, path, String(first)]
  const child = spawn('/usr/bin/env', command, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = new Promise((resolve) => child.on('exit', resolve))
  let last = first - 1
  for await (const line of createInterface(child.stdout)) {
    last = Number(line)
    if (last >= first + batches) child.kill('SIGKILL')
  }
  await exited
  return last
}

t.test(
  'kill -9 while it writes and ages: the file is sound, and what was written is there',
  async (t) => {
    const path = join(t.testdir(), 'history.sqlite')
    let next = 0
    for (const batches of [3, 70, 131, 260, 1]) {
      const last = await killAfter(path, next, batches)
      const store = openHistory(path)
      const chunks = await store.chunks(SERIAL, ALL)
      const ages = await store.ages(SERIAL)
      store.close()
      const untilMs = Math.max(chunks.at(-1)?.untilMs ?? 0, ages.summedUntilMs ?? 0)
      t.ok(untilMs >= (last + 1) * HALF_HOUR_MS, `batch ${last} is there`)
      const db = new SqliteDatabase(path, { readonly: true })
      t.equal(db.pragma('integrity_check', { simple: true }), 'ok')
      db.close()
      next = untilMs / HALF_HOUR_MS
    }
    t.notOk(existsSync(`${path}.damaged`))
  },
)
