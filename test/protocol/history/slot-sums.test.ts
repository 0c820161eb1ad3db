import t from 'tap'
import { HOUR_MS, type Slot } from '../../../src/protocol/history/calendar.ts'
import { column, runtimeRow } from '../../../src/protocol/history/columns.ts'
import { FIELD_NAMES, FIELDS, type FieldName } from '../../../src/protocol/history/reading.ts'
import { SlotSums } from '../../../src/protocol/history/slot-sums.ts'

/** Hours from the epoch. */
function hours(count: number): Slot[] {
  return Array.from({ length: count }, (_, i) => ({ fromMs: i * HOUR_MS, toMs: (i + 1) * HOUR_MS }))
}

/** Adds that a thermostat was so, in hours from the epoch and in units. */
function add(sums: SlotSums, from: number, to: number, values: Partial<Record<FieldName, number>>) {
  const row = FIELD_NAMES.map((name) => {
    const value = values[name]
    return value === undefined ? null : Math.round(value * FIELDS[name].perUnit)
  })
  sums.add({ fromMs: from * HOUR_MS, toMs: to * HOUR_MS, row })
}

const ON = { online: 1, mode: 1 }

t.test('what reaches over several slots counts in each by its time', async (t) => {
  const sums = new SlotSums(hours(4))
  add(sums, 0.5, 2.25, { ...ON, temperature: 20, heating: 2 })
  add(sums, 2.25, 3, { ...ON, temperature: 22 })
  t.strictSame(column(sums, 'temperature'), [20, 20, 21.5, null])
  t.strictSame(column(sums, 'heating'), [2, 2, 0.5, null])
  t.strictSame(column(sums, 'online'), [true, true, true, null])
  t.strictSame(column(sums, 'highest_temperature'), [20, 20, 22, null])
  t.strictSame(
    sums.totals.map((totals, i) => runtimeRow(sums.slots[i] as Slot, totals).heating_2),
    [1800, 3600, 900, 0],
  )
})

t.test('a gap is a gap: offline is told from not watched', async (t) => {
  const sums = new SlotSums(hours(3))
  add(sums, 0, 1, { ...ON, temperature: 20, fan: 1 })
  add(sums, 1, 2, { online: 0 })
  t.strictSame(column(sums, 'temperature'), [20, null, null])
  t.strictSame(column(sums, 'fan'), [1, null, null])
  t.strictSame(column(sums, 'mode'), ['heat', null, null])
  t.strictSame(column(sums, 'online'), [true, false, null])
})

t.test('a mode and a flag are what they were for longest', async (t) => {
  const sums = new SlotSums(hours(1))
  add(sums, 0, 0.3, { online: 1, mode: 0, eco: 1 })
  add(sums, 0.3, 1, { online: 1, mode: 2, eco: 0 })
  t.strictSame([column(sums, 'mode'), column(sums, 'eco')], [['cool'], [false]])
})

t.test('degree hours count below and above 18 °C, and nothing where it is not known', async (t) => {
  const sums = new SlotSums(hours(2))
  add(sums, 0, 0.5, { ...ON, outdoor_temperature: 8 })
  add(sums, 0.5, 1, { ...ON, outdoor_temperature: 20 })
  add(sums, 1, 2, ON)
  const [first, second] = sums.totals.map((totals, i) => runtimeRow(sums.slots[i] as Slot, totals))
  t.match(first, { degree_hours_heating: 5, degree_hours_cooling: 1 })
  t.match(second, { degree_hours_heating: null, degree_hours_cooling: null, seconds: 3600 })
})

t.test('sums of an hour are shared among shorter slots', async (t) => {
  const hour = new SlotSums(hours(1))
  add(hour, 0, 1, { ...ON, temperature: 20, heating: 1 })
  const quarters = new SlotSums(
    [0, 1, 2, 3].map((i) => ({ fromMs: (i * HOUR_MS) / 4, toMs: ((i + 1) * HOUR_MS) / 4 })),
  )
  const [totals] = hour.totals
  if (totals !== undefined) quarters.addTotals({ fromMs: 0, toMs: HOUR_MS }, totals)
  t.strictSame(column(quarters, 'temperature'), [20, 20, 20, 20])
  t.strictSame(
    quarters.totals.map(({ running }) => running.heating),
    [900_000, 900_000, 900_000, 900_000],
  )
})
