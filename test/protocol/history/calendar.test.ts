import t from 'tap'
import {
  DAY_MS,
  dayOf,
  HOUR_MS,
  slotsOf,
  type Zone,
} from '../../../src/protocol/history/calendar.ts'
import { zoneOffsetS } from '../../../src/protocol/view/time-zone.ts'

function zone(name: string): Zone {
  return { name, offsetS: (atMs) => zoneOffsetS(name, atMs) ?? 0 }
}

const BERLIN = zone('Europe/Berlin')
const at = (text: string): number => Date.parse(text)

/** The zone, an instant, when its local day begins, and how many hours it has. */
const DAYS: readonly (readonly [string, string, string, number])[] = [
  ['UTC', '2025-10-09T12:00Z', '2025-10-09T00:00Z', 24],
  ['UTC', '2025-10-09T00:00Z', '2025-10-09T00:00Z', 24],
  ['Europe/Berlin', '2025-10-09T12:00Z', '2025-10-08T22:00Z', 24],
  ['Europe/Berlin', '2025-10-08T21:59:59.999Z', '2025-10-07T22:00Z', 24],
  ['Europe/Berlin', '2025-03-30T12:00Z', '2025-03-29T23:00Z', 23],
  ['Europe/Berlin', '2025-10-26T12:00Z', '2025-10-25T22:00Z', 25],
  ['America/New_York', '2025-11-02T12:00Z', '2025-11-02T04:00Z', 25],
  ['Asia/Kolkata', '2025-10-09T12:00Z', '2025-10-08T18:30Z', 24],
  // The clock is put forward at midnight: the day begins at one o'clock.
  ['Africa/Cairo', '2025-04-25T12:00Z', '2025-04-24T22:00Z', 23],
  ['America/Santiago', '2025-09-07T12:00Z', '2025-09-07T04:00Z', 23],
  // By half an hour.
  ['Australia/Lord_Howe', '2025-10-05T12:00Z', '2025-10-04T13:30Z', 23.5],
  ['Australia/Lord_Howe', '2025-04-06T12:00Z', '2025-04-05T13:00Z', 24.5],
  // A day that the calendar left out.
  ['Pacific/Apia', '2011-12-31T09:00Z', '2011-12-30T10:00Z', 24],
]

for (const [name, instant, begins, hours] of DAYS) {
  t.test(`the day of ${instant} in ${name} has ${hours} hours`, async (t) => {
    const day = dayOf(at(instant), zone(name))
    t.equal(new Date(day.fromMs).toISOString(), new Date(begins).toISOString())
    t.equal((day.toMs - day.fromMs) / HOUR_MS, hours)
  })
}

t.test('every slot follows the one before it, and each day begins with one', async (t) => {
  const steps = [60_000 * 7, 1_800_000, HOUR_MS, 6 * HOUR_MS, DAY_MS, 7 * DAY_MS]
  for (const name of ['Europe/Berlin', 'Australia/Lord_Howe', 'Africa/Cairo', 'Pacific/Apia']) {
    const here = zone(name)
    for (const stepMs of steps) {
      const [fromMs, toMs] = [at('2025-10-01T08:10Z'), at('2025-11-05T17:00Z')]
      const slots = slotsOf(fromMs, toMs, stepMs, here, 10_000)
      for (const [i, slot] of slots.entries()) {
        if (i > 0 && slot.fromMs !== slots[i - 1]?.toMs) t.fail(`a gap before ${slot.fromMs}`)
        if (stepMs <= DAY_MS && dayOf(slot.fromMs, here).toMs < slot.toMs) t.fail('two days')
      }
      t.ok((slots[0]?.fromMs ?? 0) <= fromMs && (slots[0]?.toMs ?? 0) > fromMs)
      t.ok((slots.at(-1)?.fromMs ?? 0) < toMs && (slots.at(-1)?.toMs ?? 0) >= toMs)
    }
  }
})

t.test('the day on which the clock is put back has 25 hours, or 100 quarters', async (t) => {
  const { fromMs, toMs } = dayOf(at('2025-10-26T12:00Z'), BERLIN)
  t.equal(slotsOf(fromMs, toMs, HOUR_MS, BERLIN, 5_000).length, 25)
  t.equal(slotsOf(fromMs, toMs, HOUR_MS / 4, BERLIN, 5_000).length, 100)
  t.strictSame(slotsOf(fromMs, toMs, DAY_MS, BERLIN, 5_000), [{ fromMs, toMs }])
})

t.test('no more slots are made than one too many', async (t) => {
  t.equal(slotsOf(0, 4_000_000_000_000, 1_000, BERLIN, 5_000).length, 5_001)
  t.equal(slotsOf(0, 4_000_000_000_000, DAY_MS, BERLIN, 5_000).length, 5_001)
})
