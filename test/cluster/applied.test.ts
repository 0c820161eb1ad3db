import t from 'tap'
import type { LogEntry, LogEntryBody } from '../../src/virtual/signals/effects.ts'
import { change, NOW_MS, SERIAL, SHARED } from '../protocol/make.ts'
import { AppliedSetpoints } from './applied.ts'

/** Two commands: 20 degrees, then 21. */
const COMMANDS = [20, 21].map((celsius, i) =>
  change({ id: i + 1, fields: { target_temperature: celsius } }),
)

const push = (celsius: number, timestamp: number): LogEntryBody => ({
  kind: 'push',
  requestId: 1,
  key: SHARED,
  revision: 6,
  timestamp,
  value: { target_temperature: celsius },
  outcome: 'applied',
})
const put = (requestId: number): LogEntryBody => ({
  kind: 'put',
  requestId,
  fields: { [SHARED]: ['target_change_pending'] },
  reason: 'acknowledge',
})
const receipt = (requestId: number): LogEntryBody => ({
  kind: 'receipt',
  requestId,
  key: SHARED,
  revision: 7,
  timestamp: 8,
})
const lost = (requestId: number): LogEntryBody => ({
  kind: 'failed',
  requestId,
  request: 'put',
  url: '',
  reason: 'reset',
  status: undefined,
  retryInMs: 50,
})

/** What is found when a thermostat reports this, one entry a second. */
function found(...entries: LogEntryBody[]): { failures: string[]; repeated: number } {
  const applied = new AppliedSetpoints()
  for (const [i, entry] of entries.entries()) {
    applied.heard({ ...entry, serial: SERIAL, atMs: NOW_MS + i * 1_000 } as LogEntry)
  }
  const failures = applied.check(SERIAL, COMMANDS)
  return { failures, repeated: applied.repeated }
}

t.test('each command once, one after the other, is as it should be', async (t) => {
  const story = [push(20, 10), put(2), receipt(2), push(21, 20), put(3), receipt(3)]
  t.same(found(...story), { failures: [], repeated: 0 })
})

t.test(
  'a setpoint that comes again as new is found, with a put in between or without',
  async (t) => {
    const again = /change 1 was pushed again as new/
    t.match(found(push(20, 10), push(20, 11)).failures, [again])
    t.match(found(push(20, 10), put(2), receipt(2), push(20, 11)).failures, [again])
    t.match(found(put(2), receipt(2), push(20, 10), push(20, 11)).failures, [again])
    t.match(found(push(20, 10), put(2), push(20, 11)).failures, [again])
  },
)

t.test('a put that was on its way when the push came allows one more push', async (t) => {
  const crossed = [put(2), push(20, 10), receipt(2), push(20, 11)]
  t.same(found(...crossed), { failures: [], repeated: 1 })
  t.match(found(...crossed, push(20, 12)).failures, [/change 1 was pushed again as new/])
  t.same(found(put(2), lost(2), push(20, 10), push(20, 11)), { failures: [], repeated: 1 })
})

t.test('a later command takes the setpoint along until a request may have shown it', async (t) => {
  const asked: LogEntryBody = { kind: 'requested', requestId: 1, request: 'subscribe', url: '' }
  const both = {
    ...push(20, 11),
    value: { target_temperature: 20, target_temperature_type: 'off' },
  }
  t.same(found(asked, push(20, 10), both), { failures: [], repeated: 1 })
  const again = [/change 1 was pushed again as new/]
  t.match(found(push(20, 10), asked, both).failures, again, 'a later request has shown it')
  t.match(found(asked, push(20, 10), push(20, 11)).failures, again, 'there is no later command')
})

t.test('a put that was lost long before the push does not', async (t) => {
  const silence: LogEntryBody[] = Array.from({ length: 80 }, () => ({
    kind: 'ecoEntered',
    by: 'person',
  }))
  const story = [put(2), lost(2), ...silence, push(20, 10), push(20, 11)]
  t.match(found(...story).failures, [/change 1 was pushed again as new/])
})

t.test('an older setpoint after a newer one, and one that nobody set, are found', async (t) => {
  t.match(found(push(21, 10), push(20, 11)).failures, [/change 1 was pushed after change 2/])
  t.match(found(push(25, 10)).failures, [/25 was pushed, which no command has set/])
})
