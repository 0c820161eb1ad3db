import type { Answer } from '../../api/endpoints.ts'
import { NleError } from '../../errors.ts'
import type { AskedText } from '../../protocol/history/asked.ts'
import { historyCsv, runtimeCsv } from '../../protocol/history/csv-tables.ts'
import { unknownDevice } from '../thermostats/views.ts'
import { type ControlServices, type SomeHandlers, TextAnswer } from './handler.ts'
import { namedSerial } from './request-fields.ts'

const CSV = 'text/csv; charset=utf-8'

/** What thermostats did: `/api/history` and `/api/runtime`. */
export function historyEndpoints({ core, history }: ControlServices) {
  /** The history, and the thermostat that a request names. */
  const known = async (query: URLSearchParams) => {
    const serial = namedSerial(query.get('serial'), 'Serial parameter required')
    if ((await core.store.shown(serial)).device === undefined) throw unknownDevice(serial)
    if (history !== undefined) return { serial, history }
    throw new NleError(
      'not_found',
      'No history is kept, because HISTORY is off. Start the server without --history no (HISTORY=off), and it begins.',
    )
  }
  return {
    /** `GET /api/history`: columns of means over slots of time. */
    async getHistory({ query }) {
      const asksCsv = wantsCsv(query)
      const { serial, history } = await known(query)
      const { columns, ...chart } = await history.chart(serial, askedText(query))
      return asksCsv
        ? new TextAnswer(() => historyCsv(chart.time, columns, core.localOffsetS), CSV)
        : ({ serial, ...chart, ...columns } as Answer<'getHistory'>)
    },

    /** `GET /api/runtime`: how long what ran, by day or hour. */
    async getRuntime({ query }) {
      const asksCsv = wantsCsv(query)
      const { serial, history } = await known(query)
      const table = await history.runtime(serial, askedText(query))
      return asksCsv
        ? new TextAnswer(() => runtimeCsv(table.rows, core.localOffsetS), CSV)
        : { serial, ...table, rows: [...table.rows] }
    },
  } satisfies SomeHandlers
}

/** @throws NleError `invalid` */
function wantsCsv(query: URLSearchParams): boolean {
  const format = query.get('format') ?? 'json'
  if (format === 'json' || format === 'csv') return format === 'csv'
  throw new NleError('invalid', 'format must be json or csv')
}

function askedText(query: URLSearchParams): AskedText {
  const names = ['from', 'to', 'step', 'fields', 'by'] as const
  // A parameter that is empty counts as left out.
  return Object.fromEntries(
    names.flatMap((name) => (query.get(name) ? [[name, query.get(name)]] : [])),
  )
}
