import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t from 'tap'
import { keepWeek } from '../../../src/commands/schedule/kept-file.ts'

const AT_MS = Date.UTC(2026, 10, 27, 14, 3, 12)
const KITCHEN = { serial: '02AA01AC12345678', name: 'Kitchen / Küche' }

t.test('a week is kept in a file of its own, for this user alone', async (t) => {
  const home = t.testdir()
  const io = { env: { HOME: home }, nowMs: () => AT_MS }
  const file = keepWeek(io, KITCHEN, 'mon -')
  const folder = join(home, '.local', 'state', 'nle')
  t.equal(file, join(folder, 'schedule-2026-11-27T140312Z-kitchen-k-che.txt'))
  t.equal(readFileSync(file, 'utf8'), 'mon -')
  t.equal(statSync(file).mode & 0o077, 0)
  t.equal(keepWeek(io, KITCHEN, 'tue -'), file.replace('.txt', '-2.txt'), 'in the same second')
  t.equal(readFileSync(file, 'utf8'), 'mon -', 'the first stays')
  t.match(keepWeek(io, { ...KITCHEN, name: '厨房' }, ''), /02AA01AC12345678\.txt$/)
})

t.test('the oldest go, other files stay', async (t) => {
  const state = t.testdir({ nle: { 'mine.txt': '' } })
  let nowMs = AT_MS
  const io = { env: { XDG_STATE_HOME: state }, nowMs: () => nowMs }
  const kept = Array.from({ length: 53 }, () => {
    nowMs += 1000
    return keepWeek(io, KITCHEN, '')
  })
  const there = readdirSync(join(state, 'nle')).map((name) => join(state, 'nle', name))
  t.strictSame(there.sort(), [join(state, 'nle', 'mine.txt'), ...kept.slice(3)].sort())
})

t.test('without a home it is kept in a temporary folder', async (t) => {
  const blocked = t.testdir({ nle: 'a file in the place of the folder' })
  for (const env of [{}, { XDG_STATE_HOME: blocked }]) {
    const file = keepWeek({ env, nowMs: () => AT_MS }, KITCHEN, 'mon -')
    t.teardown(() => rmSync(dirname(file), { recursive: true }))
    t.match(file, join(tmpdir(), 'nle-'))
  }
})
