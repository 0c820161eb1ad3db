import { PassThrough } from 'node:stream'
import t from 'tap'
import { LogLimit } from '../../../src/server/core/log-limit.ts'
import { makeLogger } from '../../../src/server/core/logger.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { RecordingLogger } from '../mqtt/logged-server.ts'

function limited() {
  const clock = new ManualClock()
  const out = new RecordingLogger()
  return { clock, out, log: new LogLimit(out, clock) }
}

t.test('a warning that comes again within a minute is counted, not repeated', async (t) => {
  const { clock, out, log } = limited()
  for (let i = 0; i < 4_813; i++) log.warn('wrong token', { address: '192.168.1.9' })
  log.warn('wrong token', { address: '192.168.1.7' })
  t.equal(out.lines.length, 2)
  clock.advance(60_000)
  t.strictSame(out.lines.slice(2), [
    {
      level: 'warn',
      event: 'wrong token',
      fields: { address: '192.168.1.9', repeated: 4_812, in_s: 60 },
    },
  ])
  clock.advance(600_000)
  t.equal(out.lines.length, 3, 'what does not come again is not counted again')
  log.warn('wrong token', { address: '192.168.1.9' })
  t.equal(out.lines.length, 4)
})

t.test('a line can be the same by less than all its fields, and for longer', async (t) => {
  const { clock, out, log } = limited()
  const sameness = { about: 'the same caller', quietMs: 3_600_000 }
  for (let i = 0; i < 5; i++) log.warn('refused', { topic: String(i) }, sameness)
  log.warn('refused', { topic: 'x' }, { ...sameness, about: 'another caller' })
  clock.advance(3_599_000)
  t.strictSame(
    out.lines.map(({ fields }) => fields.topic),
    ['0', 'x'],
  )
  clock.advance(61_000)
  t.match(out.lines.slice(2), [{ fields: { topic: '0', repeated: 4 } }])
})

t.test('a flood of different ones ends as a number', async (t) => {
  const { clock, out, log } = limited()
  for (let i = 0; i < 10_000; i++) log.warn('refused', { topic: String(i) })
  log.warn('something else')
  t.equal(out.lines.length, 21)
  clock.advance(60_000)
  t.strictSame(out.lines.slice(21), [
    { level: 'warn', event: 'refused', fields: { more_in_the_last_minute: 9_980 } },
  ])
})

t.test('what strangers cause does not hide an error of this machine', async (t) => {
  const { clock, out, log } = limited()
  for (let minute = 0; minute < 3; minute++) {
    for (let kind = 0; kind < 1_000; kind++) log.warn(`kind ${kind}`, { text: 'x'.repeat(200) })
    log.error('the database is in trouble', { minute })
    clock.advance(60_000)
  }
  t.equal(out.of('the database is in trouble').length, 3)
})

t.test('an error that goes on is written at least once a minute', async (t) => {
  const { clock, out, log } = limited()
  for (let second = 0; second < 300; second++) {
    log.error('a listener failed', { reason: 'EMFILE' })
    clock.advance(1_000)
  }
  const lines = out.of('a listener failed').length
  t.ok(lines >= 5 && lines <= 11, String(lines))
})

t.test('under any flood the log grows by less than 100 kB a minute', async (t) => {
  for (const format of ['text', 'json'] as const) {
    const clock = new ManualClock()
    const stream = new PassThrough({ highWaterMark: 1e9 })
    const options = { format, level: 'debug', color: false, nowMs: () => 0 } as const
    const log = new LogLimit(makeLogger(stream, options), clock)
    const hostile = '\u202e'.repeat(100)
    const flood = (): void => {
      for (let i = 0; i < 3_000; i++) {
        log.debug(`a ${i % 300}`, { hostile, i })
        log.info(`b ${i % 300}`, { hostile, i })
        log.warn(`c ${i % 300}`, { hostile, i })
        log.error(`d ${i % 300}`, { hostile, i: i % 3 })
      }
    }
    flood()
    const first = String(stream.read()).length
    t.ok(first < 100_000, `${format}: ${first} in the first minute`)
    clock.advance(60_000)
    flood()
    const second = String(stream.read()).length
    t.ok(
      second < 100_000,
      `${format}: ${second} in the second minute, with the numbers of the first`,
    )
  }
})

t.test('at the end the numbers that are left are written', async (t) => {
  const { clock, out, log } = limited()
  for (let i = 0; i < 3; i++) log.warn('wrong token')
  clock.advance(1_000)
  log.stop()
  t.match(out.lines.slice(1), [{ fields: { repeated: 2, in_s: 1 } }])
  clock.advance(600_000)
  t.equal(out.lines.length, 2)
})

t.test('debug lines that nobody sees take no room from others', async (t) => {
  const stream = new PassThrough()
  const out = makeLogger(stream, { format: 'text', level: 'info', color: false, nowMs: () => 0 })
  const log = new LogLimit(out, new ManualClock())
  for (let i = 0; i < 10_000; i++) log.debug('bucket written', { serial: String(i) })
  log.info('change confirmed')
  t.match(String(stream.read()), /change confirmed/)
})
