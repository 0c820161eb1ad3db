import t from 'tap'
import { LogOnce } from '../../../src/server/core/log-once.ts'
import { RecordingLogger } from '../mqtt/logged-server.ts'

t.test('the same complaint is written once an hour', async (t) => {
  const log = new RecordingLogger()
  let nowMs = 0
  const once = new LogOnce(log, () => nowMs)
  for (let i = 0; i < 5; i++) once.warn('refused', { topic: 'a' })
  once.warn('refused', { topic: 'b' })
  t.equal(log.lines.length, 2)
  nowMs = 3_600_000
  once.warn('refused', { topic: 'a' })
  t.equal(log.lines.length, 3)
})

t.test('a line can be the same by less than all its fields', async (t) => {
  const log = new RecordingLogger()
  const once = new LogOnce(log, () => 0)
  for (let i = 0; i < 5; i++) once.warn('refused', { topic: String(i) }, 'the same caller')
  once.warn('refused', { topic: 'x' }, 'another caller')
  t.strictSame(
    log.lines.map(({ fields }) => fields.topic),
    ['0', 'x'],
  )
})

t.test('a flood of different ones ends as a number', async (t) => {
  const log = new RecordingLogger()
  let nowMs = 0
  const once = new LogOnce(log, () => nowMs)
  for (let i = 0; i < 10_000; i++) once.warn('refused', { topic: String(i) })
  t.equal(log.lines.length, 20)
  nowMs = 60_000
  once.warn('refused', { topic: 'later' })
  t.match(log.lines.slice(20), [{ fields: { count: 9_980 } }, { fields: { topic: 'later' } }])
})
