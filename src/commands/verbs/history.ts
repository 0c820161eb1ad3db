import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { askedColumns, MAX_POINTS, stepFor } from '../../protocol/history/asked.ts'
import type { ColumnName } from '../../protocol/history/columns.ts'
import { historyCsv } from '../../protocol/history/csv-tables.ts'
import type { OffsetAt } from '../../protocol/view/device-view.ts'
import { zoneOffsetS } from '../../protocol/view/time-zone.ts'
import type { HistoryAnswer, RuntimeAnswer } from '../client/client.ts'
import { DEVICE_HELP, type ServerDevice } from '../client/find-device.ts'
import { type ChartLine, chartWidth, historyChart } from '../format/history-chart.ts'
import { runtimeTable } from '../format/runtime-table.ts'
import { type Invocation, onServer, type SharedOptions } from '../invocation.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

type HistoryOptions = SharedOptions & {
  readonly days: string
  readonly field?: readonly string[]
  readonly csv?: true
}

const MAX_DAYS = 4_000
const DAY_MS = 86_400_000

export function registerHistory(program: Command, io: Io): void {
  const command = program
    .command('history')
    .description('show what a thermostat measured, and how long heating and cooling ran')
    .argument('<device>', DEVICE_HELP)
    .option('--days <number>', 'how many days, today included', '7')
    .option('--field <name...>', 'what to draw: temperature, humidity, heating and others')
    .option('--csv', 'print a table for spreadsheets')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nle history Hallway\n  $ nle history Hallway --days 1 --field temperature target_temperature\n  $ nle history Hallway --days 31 --csv > hallway.csv',
    )
  onServer(command, io, history)
}

async function history(call: Invocation<HistoryOptions>, asked: string): Promise<void> {
  const { io, json, options } = call
  const days = /^\d{1,4}$/.test(options.days) ? Number(options.days) : 0
  if (days < 1 || days > MAX_DAYS) {
    throw new NleError('invalid', `--days has to be a whole number from 1 to ${MAX_DAYS}.`)
  }
  if (json && options.csv) throw new NleError('invalid', 'Take --csv or --json, not both.')
  const fields =
    options.field === undefined ? undefined : askedColumns({ fields: options.field.join() })
  const isDrawn = !json && options.csv !== true
  if (isDrawn && fields?.includes('mode')) {
    throw new NleError('invalid', 'A mode cannot be drawn. Take --csv or --json with it.')
  }
  const { client, device } = await call.requireDevice(asked)
  const { serial } = device
  const nowMs = io.nowMs()
  const runtime = await client.call('getRuntime', {
    query: { serial, from: nowMs - Math.max(1, (days - 1) * DAY_MS), to: nowMs, by: 'day' },
  })
  // Around a day of 23 hours there is one more.
  const rows = runtime.rows.slice(-days)
  const from = rows[0]?.from ?? nowMs - DAY_MS
  const wanted = fields ?? (isDrawn ? ['temperature' as const] : undefined)
  const chart = await client.call('getHistory', {
    query: {
      serial,
      from,
      to: nowMs,
      step: stepFor(nowMs - from, isDrawn ? chartWidth(io.columns) : MAX_POINTS - days),
      ...(wanted === undefined ? {} : { fields: wanted.join() }),
    },
  })
  if (json) return printJson(io, { history: chart, runtime: { ...runtime, rows } })
  const offsetS: OffsetAt = (atMs) => zoneOffsetS(chart.time_zone, atMs) ?? 0
  if (options.csv) {
    const { serial: _, from: __, to: ___, step: ____, time_zone: _____, time, ...columns } = chart
    io.stdout.write(historyCsv(time, columns, offsetS))
    return
  }
  await draw(wanted ?? [], { chart, rows, device, days, offsetS }, io)
}

interface Known {
  readonly chart: HistoryAnswer
  readonly rows: RuntimeAnswer['rows']
  readonly device: ServerDevice
  readonly days: number
  readonly offsetS: OffsetAt
}

async function draw(
  fields: readonly ColumnName[],
  { chart, rows, device, days, offsetS }: Known,
  io: Io,
): Promise<void> {
  const { plot } = await import('simple-ascii-chart')
  const name = printable(device.name)
  const time = days === 1 ? 'today' : `the last ${days} days`
  const charts = fields.map((field) => {
    const { values, unit } = lineOf(field, chart, device.scale)
    return historyChart(
      plot,
      { time: chart.time, values },
      {
        title: `${name}, ${time}: ${field.replaceAll('_', ' ')}${unit}`,
        columns: io.columns,
        days: rows.map((row) => row.from),
        offsetS,
      },
    )
  })
  const isKnown = rows.some(({ seconds }) => seconds > 0)
  if (!isKnown && charts.every((text) => text === undefined)) {
    printLine(io, nothingKnown(name, time, device))
    return
  }
  for (const [i, text] of charts.entries()) {
    const field = fields[i]?.replaceAll('_', ' ')
    io.stdout.write(`${text ?? `${name}, ${time}: ${field} is not known.\n`}\n`)
  }
  const { columns } = io
  io.stdout.write(
    runtimeTable(rows, {
      scale: device.scale,
      nowMs: io.nowMs(),
      offsetS,
      columns,
      chalk: chalkOf(io),
    }),
  )
}

function nothingKnown(name: string, time: string, { status }: ServerDevice): string {
  return status.owner === null
    ? `Nothing of ${time} is known of ${name}: it is not paired, and history is kept of paired thermostats only. Pair it with "nle pair".`
    : `Nothing of ${time} is known of ${name} yet. It appears here as soon as the thermostat reports something.`
}

/** A column as numbers, in the unit that people see. */
function lineOf(
  field: ColumnName,
  chart: HistoryAnswer,
  scale: 'C' | 'F',
): { values: ChartLine['values']; unit: string } {
  const column = (chart[field] ?? []) as readonly (number | boolean | string | null)[]
  const isTemperature = field.endsWith('temperature') || field.startsWith('target_temperature')
  const values = column.map((value) => {
    const number = value === null ? null : Number(value)
    return number !== null && isTemperature && scale === 'F' ? (number * 9) / 5 + 32 : number
  })
  return { values, unit: isTemperature ? `, °${scale}` : (UNITS[field] ?? '') }
}

const UNITS: Partial<Record<ColumnName, string>> = { humidity: ', %', battery: ', V' }
