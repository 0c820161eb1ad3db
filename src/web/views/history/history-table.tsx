import type { Zone } from '../../../protocol/history/calendar.ts'
import type { Scale } from '../../../protocol/setpoint.ts'
import { durationText } from '../../format/durations.ts'
import { numberText } from '../../format/temperature.ts'
import { TEXTS } from '../../texts.ts'
import type { HistoryRow } from './history-rows.ts'
import { slotText } from './history-words.ts'
import { kindsThatRan } from './runtime-bars.ts'

const { history: texts } = TEXTS

interface Column {
  readonly head: string
  readonly cell: (row: HistoryRow) => string
}

/** All that the charts show, as a table; columns of which nothing is known are left out. */
export function HistoryTable(props: {
  readonly rows: readonly HistoryRow[]
  readonly scale: Scale
  readonly zone: Zone
  readonly caption: string
}) {
  const { rows, zone, caption } = props
  const columns = columnsOf(rows, props.scale)
  return (
    // It scrolls by itself where it is wider than the page, and so has to be reached by keys.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keys
    <section class="history-table" aria-label={caption} tabIndex={0}>
      <table class="figures">
        <caption class="heard">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{texts.time}</th>
            {columns.map(({ head }) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.fromMs}>
              <th scope="row">{slotText(row, zone)}</th>
              {columns.map(({ head, cell }) => (
                <td key={head}>{cell(row)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function columnsOf(rows: readonly HistoryRow[], scale: Scale): Column[] {
  const degrees = (head: string, value: (row: HistoryRow) => number | null): Column[] =>
    measured(rows, `${head}, °${scale}`, value, 1)
  return [
    ...degrees(texts.inside, ({ inside }) => inside),
    ...degrees(texts.lowest, ({ lowest }) => lowest),
    ...degrees(texts.highest, ({ highest }) => highest),
    ...targetColumn(rows, `${texts.target}, °${scale}`),
    ...degrees(texts.outside, ({ outside }) => outside),
    ...measured(rows, texts.humidityIn, ({ humidity }) => humidity, 0),
    ...kindsThatRan(rows).map((kind) => ({
      head: texts.kinds[kind],
      cell: ({ ran }: HistoryRow) => durationText(ran[kind]),
    })),
  ]
}

function measured(
  rows: readonly HistoryRow[],
  head: string,
  value: (row: HistoryRow) => number | null,
  decimals: number,
): Column[] {
  if (rows.every((row) => value(row) === null)) return []
  return [{ head, cell: (row) => cellText(value(row), decimals) }]
}

/** One target, or both bounds of a range. */
function targetColumn(rows: readonly HistoryRow[], head: string): Column[] {
  const of = ({ target, low, high }: HistoryRow) => {
    if (target !== null) return cellText(target, 1)
    return low === null || high === null ? '' : texts.fromTo(cellText(low, 1), cellText(high, 1))
  }
  return rows.every((row) => of(row) === '') ? [] : [{ head, cell: of }]
}

function cellText(value: number | null, decimals: number): string {
  if (value === null) return '–'
  const scale = 10 ** decimals
  return numberText(Math.round(value * scale) / scale)
}
