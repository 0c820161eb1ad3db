import { Chalk } from 'chalk'
import fc from 'fast-check'
import t from 'tap'
import { weekTable } from '../../../src/commands/format/week-table.ts'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { parseScheduleFile } from '../../../src/protocol/schedule/schedule-file.ts'
import { sameWeek, weekSetpoints } from '../../../src/protocol/schedule/week.ts'
import { uploads } from '../../helpers/uploads.ts'

const SCALES = ['C', 'F'] as const
const chalk = new Chalk({ level: 0 })

/** Hundredths of °C, the finest that people write. */
const celsius = (min: number, max: number) =>
  fc.integer({ min: min * 100, max: max * 100 }).map((hundredths) => hundredths / 100)

/** A second of the day; mostly a whole minute. */
const time = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 1439 }).map((minute) => minute * 60) },
  fc.integer({ min: 0, max: 86_399 }),
)

const schedule = fc.constantFrom('HEAT', 'COOL', 'RANGE').chain((mode) => {
  const one = celsius(4.5, 32).map((temp) => ({ temp }))
  const range = fc
    .tuple(celsius(4.5, 18), celsius(19.5, 32))
    .map(([low, high]) => ({ 'temp-min': low, 'temp-max': high }))
  const entry = fc
    .tuple(time, mode === 'RANGE' ? range : one)
    .map(([at, temps]) => ({ type: mode, entry_type: 'setpoint', time: at, ...temps }))
  const day = fc.uniqueArray(entry, { selector: (each) => each.time, maxLength: 12 })
  return fc.array(day, { minLength: 7, maxLength: 7 }).map((days): JsonObject => {
    return { ver: 2, name: 'Current schedule', schedule_mode: mode, days }
  })
})

t.test('what is printed can be read again, in both units and at any width', async () => {
  fc.assert(
    fc.property(
      schedule,
      fc.constantFrom(...SCALES),
      fc.constantFrom(20, 60, 80, Number.POSITIVE_INFINITY),
      (week, scale, columns) => {
        const text = weekTable(week, { scale, columns, chalk })
        const read = parseScheduleFile(text)
        return (
          JSON.stringify(weekSetpoints(read)) === JSON.stringify(weekSetpoints(week)) &&
          weekTable(read, { scale, columns, chalk }) === text
        )
      },
    ),
    { numRuns: 300 },
  )
})

t.test('so can the weeks that real thermostats have', async (t) => {
  for (const { name, schedule: week } of uploads()) {
    for (const scale of SCALES) {
      const read = parseScheduleFile(weekTable(week, { scale, columns: 80, chalk }))
      t.ok(sameWeek(read, week), `${name} in °${scale}`)
    }
  }
})
