import { MAX_POINTS } from '../protocol/history/asked.ts'
import { COLUMN_NAMES, type ColumnName } from '../protocol/history/columns.ts'
import { endpoint } from './endpoint.ts'
import { choice, list, object, of, type Schema } from './schema.ts'
import { invalid, notFound, serial, tooMany } from './shapes.ts'

const ms = (description: string) => of('integer', `${description}, ms since epoch`)
const seconds = of('integer', 'Seconds')
const format = choice(['json', 'csv'], 'csv: a table for spreadsheets, with local times')
const time = { from: ms('Begin'), to: ms('End') }
const zone = of('string', 'The time zone of days and of local times: that of the server')

const number = of(['number', 'null'])
const flag = of(['boolean', 'null'])
/** What a column has for each slot; null where it is not known. */
const CELLS = {
  temperature: number,
  target_temperature: number,
  target_temperature_low: number,
  target_temperature_high: number,
  humidity: number,
  mode: choice(['off', 'heat', 'cool', 'range', 'emergency', null]),
  eco: flag,
  heating: of(['number', 'null'], 'The mean of the stage, 0 to 3'),
  cooling: of(['number', 'null'], 'The mean of the stage, 0 to 3'),
  fan: of(['number', 'null'], 'The share of the time, 0 to 1'),
  hot_water: of(['number', 'null'], 'The share of the time, 0 to 1'),
  outdoor_temperature: number,
  battery: of(['number', 'null'], 'Volts'),
  online: flag,
  lowest_temperature: number,
  highest_temperature: number,
} satisfies Readonly<Record<ColumnName, Schema<unknown>>>
type Cells = typeof CELLS

/** A column for each of the cells. */
const COLUMNS = Object.fromEntries(
  Object.entries(CELLS).map(([name, cell]) => [name, list<unknown>(cell)]),
) as { readonly [N in keyof Cells]: Cells[N] extends Schema<infer T> ? Schema<T[]> : never }

/** What thermostats did. */
export const HISTORY_ENDPOINTS = {
  getHistory: endpoint('GET', '/api/history', 'read', 'thermostats', {
    summary: 'What a thermostat measured, wanted and did',
    description: `Columns, with one entry for each entry of time: means, and of modes and flags what held for longest. In gaps, such as while it was offline, they are null. At most ${MAX_POINTS} points. Temperatures are Celsius. What is older than HISTORY_RAW_DAYS is known by the hour, and later by the day. 404 when HISTORY is off.`,
    query: object(
      { serial },
      {
        from: ms('Begin; a day before the end by default'),
        to: ms('End; now by default'),
        step: of(
          'integer',
          'Ms between two points, up to a day, or whole days; chosen by default',
          {
            minimum: 1000,
          },
        ),
        fields: of('string', `The columns, separated by commas: ${COLUMN_NAMES.join(', ')}`),
        format,
      },
    ),
    answer: object(
      {
        serial,
        ...time,
        step: of('integer', 'Ms'),
        time_zone: zone,
        time: list(ms('Where a slot begins')),
      },
      COLUMNS,
    ),
    refusals: [invalid, notFound, tooMany],
  }),
  getRuntime: endpoint('GET', '/api/runtime', 'read', 'thermostats', {
    summary: 'How long heating, cooling, fan and hot water ran',
    description:
      'By local days, of which some have 23 or 25 hours, or by hours. heating_2 is how long the second stage or auxiliary heat ran, which is part of heating.',
    query: object(
      { serial },
      {
        from: ms('Begin; six days before the end by default'),
        to: ms('End; now by default'),
        by: choice(['day', 'hour']),
        format,
      },
    ),
    answer: object({
      serial,
      time_zone: zone,
      by: choice(['day', 'hour']),
      rows: list(
        object({
          ...time,
          seconds: of('integer', 'Seconds that the thermostat was online'),
          heating: seconds,
          heating_2: seconds,
          heating_3: seconds,
          cooling: seconds,
          cooling_2: seconds,
          cooling_3: seconds,
          fan: seconds,
          hot_water: seconds,
          degree_hours_heating: of(
            ['number', 'null'],
            'Degrees below 18 °C outside, times hours; null while the temperature outside is not known',
          ),
          degree_hours_cooling: of(['number', 'null'], 'The same above 18 °C'),
        }),
      ),
    }),
    refusals: [invalid, notFound, tooMany],
  }),
} as const
