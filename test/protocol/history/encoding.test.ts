import fc from 'fast-check'
import t from 'tap'
import { OpenChunk, spansOf } from '../../../src/protocol/history/chunk.ts'
import { FIELD_NAMES, type Reading } from '../../../src/protocol/history/reading.ts'
import { RowWriter, readRows } from '../../../src/protocol/history/row-codec.ts'
import {
  addReading,
  decodeTotals,
  encodeTotals,
  noTotals,
} from '../../../src/protocol/history/totals.ts'

const MS = 1_760_000_000_000
const value = fc.option(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), { nil: null })

/** A row of the history with a temperature, the heating and nothing else. */
function row(temperature: number | null, heating = 0): Reading {
  return FIELD_NAMES.map((name) =>
    name === 'temperature' ? temperature : name === 'heating' ? heating : null,
  )
}

t.test('rows are read as they were written', async (t) => {
  fc.assert(
    fc.property(
      fc
        .integer({ min: 1, max: 40 })
        .chain((columns) =>
          fc.array(fc.array(value, { minLength: columns, maxLength: columns }), { minLength: 1 }),
        ),
      (rows) => {
        const columns = rows[0]?.length ?? 0
        const writer = new RowWriter(columns)
        for (const each of rows) writer.add(each)
        t.strictSame(readRows(writer.bytes(), columns), rows)
      },
    ),
    { numRuns: 200 },
  )
})

t.test('a row that is cut off is damage, not a value', async (t) => {
  const writer = new RowWriter(3)
  writer.add([1, 2, 1_000_000])
  t.throws(() => readRows(writer.bytes().slice(0, -1), 3), { code: 'unfit' })
})

t.test('a quiet reading takes at most six bytes', async (t) => {
  const chunk = new OpenChunk({ wallMs: MS, steadyMs: 0 }, row(200))
  const before = chunk.length
  chunk.add(300_000, row(201))
  t.ok(chunk.length - before <= 6, `${chunk.length - before} bytes`)
})

t.test('a chunk says what was when, to its end and no further', async (t) => {
  const chunk = new OpenChunk({ wallMs: MS, steadyMs: 500 }, row(200))
  chunk.add(60_500, row(200, 1))
  chunk.add(120_500, row(205))
  const done = chunk.until(180_500)
  const spans = (fromMs: number, toMs: number) =>
    spansOf(done, MS + fromMs, MS + toMs).map((span) => [
      span.fromMs - MS,
      span.toMs - MS,
      ...span.row.filter((each) => each !== null),
    ])
  t.strictSame(spans(0, 900_000), [
    [0, 60_000, 200, 0],
    [60_000, 120_000, 200, 1],
    [120_000, 180_000, 205, 0],
  ])
  t.strictSame(spans(90_000, 130_000), [
    [90_000, 120_000, 200, 1],
    [120_000, 130_000, 205, 0],
  ])
  t.strictSame(spans(200_000, 900_000), [])
})

t.test('a chunk is of its own times although the wall clock is set', async (t) => {
  const chunk = new OpenChunk({ wallMs: MS, steadyMs: 0 }, row(200))
  chunk.add(60_000, row(201))
  // A change that was noted before one that is kept already.
  chunk.add(59_000, row(202))
  t.equal(chunk.aheadMs, MS)
  const spans = spansOf(chunk.until(120_000), 0, MS * 2)
  t.strictSame(
    spans.map(({ fromMs, toMs }) => [fromMs - MS, toMs - MS]),
    [
      [0, 60_000],
      [60_000, 120_000],
    ],
  )
})

t.test('totals are read as they were written, to the second and the hundredth', async (t) => {
  const hour = noTotals()
  addReading(hour, row(203, 2), 900_000)
  addReading(hour, row(null), 2_700_000)
  const day = noTotals()
  const [read, empty] = decodeTotals(encodeTotals([hour, day]))
  t.match(read, {
    watchedMs: 3_600_000,
    measured: { temperature: { ms: 900_000 }, humidity: { ms: 0, valueMs: 0 } },
    running: { heating: 900_000, heating_2: 900_000, heating_3: 0 },
    lowest: 20.3,
    highest: 20.3,
  })
  const { valueMs = 0 } = read?.measured.temperature ?? {}
  t.equal(Math.round(valueMs / 9_000) / 100, 20.3)
  t.strictSame(empty, noTotals())
})
