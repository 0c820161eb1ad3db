import t from 'tap'
import { columnOf, rowsOf, simulateHistory } from '../../helpers/simulated-history.ts'

const YEAR_DAYS = 366

t.test(
  'a year: raw, hours and days tell the same, and daylight saving loses no hour',
  async (t) => {
    const retention = { rawDays: 60, hourlyDays: 150, dailyDays: 36_500 }
    const aged = await simulateHistory(':memory:', { days: YEAR_DAYS, houses: 1, retention })
    const all = { rawDays: 4_000, hourlyDays: 4_000, dailyDays: 36_500 }
    const whole = await simulateHistory(':memory:', { days: YEAR_DAYS, houses: 1, retention: all })
    t.teardown(() => Promise.all([aged.file.close(), whole.file.close()]))
    const [rows, exact] = [await rowsOf(aged), await rowsOf(whole)]
    t.equal(rows.length, exact.length)
    const lengths = new Set(rows.map(({ from, to }) => (to - from) / 3_600_000))
    t.strictSame([...lengths].sort(), [23, 24, 25])
    for (const [i, row] of rows.entries()) {
      const other = exact[i]
      for (const name of ['seconds', 'heating', 'cooling', 'fan'] as const) {
        // Each hour is kept to the second.
        if (Math.abs(row[name] - (other?.[name] ?? 0)) > 25) t.fail(`${name} of day ${i}`)
      }
      const [a, b] = [row.degree_hours_heating ?? 0, other?.degree_hours_heating ?? 0]
      if (Math.abs(a - b) > 0.2) t.fail(`degree hours of day ${i}: ${a}, not ${b}`)
    }
    const known = rows.slice(1, -1)
    t.ok(
      known.every(({ from, to, seconds }) => (to - from) / 1000 - seconds <= 60),
      'no hour is lost between two forms',
    )
    const temperatures = await columnOf(aged, 'temperature')
    const exactly = await columnOf(whole, 'temperature')
    const apart = temperatures.map((value, i) => Math.abs(Number(value) - Number(exactly[i])))
    t.ok(Math.max(...apart) < 0.02, `${Math.max(...apart)} °C apart`)
  },
)
