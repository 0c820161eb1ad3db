import t from 'tap'
import { askedColumns, askedRuntime, askedSlots } from '../../../src/protocol/history/asked.ts'
import { DAY_MS, HOUR_MS } from '../../../src/protocol/history/calendar.ts'

const UTC = { name: 'UTC', offsetS: () => 0 }
const NOW_MS = Date.parse('2025-10-09T12:00Z')
const text = (ms: number): string => String(ms)

t.test('without a word a chart is of the last day, in steps that a chart can show', async (t) => {
  const { slots, stepMs } = askedSlots({}, NOW_MS, UTC)
  t.equal(stepMs, 5 * 60_000)
  t.equal(slots[0]?.fromMs, NOW_MS - DAY_MS)
  t.equal(slots.at(-1)?.toMs, NOW_MS)
})

t.test('the steps grow with the time that is asked for', async (t) => {
  const steps = [1, 7, 31, 365, 3_650].map(
    (days) => askedSlots({ from: text(NOW_MS - days * DAY_MS) }, NOW_MS, UTC).stepMs / HOUR_MS,
  )
  t.strictSame(steps, [1 / 12, 0.5, 2, 24, 8 * 24])
})

t.test('runtimes are of seven days: six and the one that began last', async (t) => {
  const { slots, by } = askedRuntime({}, NOW_MS, UTC)
  t.equal(by, 'day')
  t.equal(slots.length, 7)
  t.equal(slots[0]?.fromMs, Date.parse('2025-10-03T00:00Z'))
})

const FROM = text(NOW_MS - DAY_MS)
const REFUSED: readonly (readonly [Record<string, string>, RegExp])[] = [
  [{ from: 'yesterday' }, /from must be a whole number of ms/],
  [{ from: '-1' }, /from must be/],
  [{ from: '1e9' }, /from must be/],
  [{ to: '9999999999999' }, /to must be/],
  [{ from: text(NOW_MS), to: FROM }, /from must be before to/],
  [{ from: FROM, step: '999' }, /step must be from 1000/],
  [{ from: FROM, step: text(DAY_MS + 1) }, /whole number of days/],
  [{ from: FROM, step: '1000' }, /more than 5000 points/],
  [{ from: '0', step: '60000' }, /more than 5000 points/],
]
for (const [asked, message] of REFUSED) {
  t.test(`${JSON.stringify(asked)} is refused`, async (t) => {
    t.throws(() => askedSlots(asked, NOW_MS, UTC), { code: 'invalid', message })
  })
}

t.test('a table of runtimes has no more rows than a chart has points', async (t) => {
  t.throws(() => askedRuntime({ from: '0', by: 'hour' }, NOW_MS, UTC), { code: 'invalid' })
  t.throws(() => askedRuntime({ by: 'week' }, NOW_MS, UTC), { message: 'by must be day or hour' })
})

t.test('columns are those that were asked for, in their own order', async (t) => {
  t.strictSame(askedColumns({ fields: ' mode,temperature ,' }), ['temperature', 'mode'])
  t.equal(askedColumns({}).length, 14)
  t.throws(() => askedColumns({ fields: 'temperature,mood' }), {
    code: 'invalid',
    message: /no field mood; fields may be temperature/,
  })
})
