import t from 'tap'
import { DAY_MS } from '../../../src/protocol/history/calendar.ts'
import { type Ages, hoursOf, nextAgeing } from '../../../src/protocol/history/retention.ts'

const UTC = { name: 'UTC', offsetS: () => 0 }
const KEPT = { rawDays: 60, hourlyDays: 1_095, dailyDays: 36_500 }
const NOW_MS = Date.parse('2025-10-09T12:00Z')
const midnight = (daysAgo: number): number => Date.parse('2025-10-09') - daysAgo * DAY_MS
const NOTHING: Ages = {
  chunkUntilMs: undefined,
  summedUntilMs: undefined,
  hoursFromMs: undefined,
  sumsFromMs: undefined,
}

const CASES: readonly {
  readonly name: string
  readonly ages: Partial<Ages>
  readonly kept?: Partial<typeof KEPT>
  readonly step: object | undefined
}[] = [
  { name: 'nothing is left as it is', ages: {}, step: undefined },
  {
    name: 'a day of which a part is not old enough is left as it is',
    ages: { chunkUntilMs: midnight(60) + 1 },
    step: undefined,
  },
  {
    name: 'the chunks of a day that is over for long are summed up',
    ages: { chunkUntilMs: midnight(61) + 1 },
    step: { type: 'sum chunks', day: { fromMs: midnight(61), toMs: midnight(60) } },
  },
  {
    name: 'a chunk that ends at midnight is of the day before',
    ages: { chunkUntilMs: midnight(61) },
    step: { type: 'sum chunks', day: { fromMs: midnight(62), toMs: midnight(61) } },
  },
  {
    name: 'what is summed up already is not summed up again, as when the time zone has changed',
    ages: { chunkUntilMs: midnight(61) + 9e6, summedUntilMs: midnight(61) + 7.2e6 },
    step: { type: 'sum chunks', day: { fromMs: midnight(61) + 7.2e6, toMs: midnight(60) } },
  },
  {
    name: 'a chunk of a time that is summed up is deleted: a clock that was behind wrote it',
    ages: { chunkUntilMs: midnight(90), summedUntilMs: midnight(61) },
    step: { type: 'delete chunks', untilMs: midnight(61) },
  },
  {
    name: 'hours of three years ago become a day',
    ages: { hoursFromMs: midnight(1_095), sumsFromMs: midnight(3_000) },
    step: { type: 'sum hours', fromMs: midnight(1_095) },
  },
  {
    name: 'days are kept for ever',
    ages: { sumsFromMs: midnight(20_000) },
    step: undefined,
  },
  {
    name: 'days that are not to be kept are deleted, one by one',
    ages: { sumsFromMs: midnight(2_000) },
    kept: { dailyDays: 1_500 },
    step: { type: 'delete sums', beforeMs: midnight(1_999) },
  },
]

for (const { name, ages, kept, step } of CASES) {
  t.test(name, async (t) => {
    t.strictSame(nextAgeing({ ...NOTHING, ...ages }, { ...KEPT, ...kept }, NOW_MS, UTC), step)
  })
}

t.test('a day of 23 and a half hours ends with half an hour', async (t) => {
  const hours = hoursOf({ fromMs: 0, toMs: 23.5 * 3_600_000 })
  t.equal(hours.length, 24)
  t.strictSame(hours.at(-1), { fromMs: 23 * 3_600_000, toMs: 23.5 * 3_600_000 })
})
