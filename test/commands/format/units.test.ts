import t from 'tap'
import {
  age,
  duration,
  exactDegrees,
  size,
  temperature,
  temperatureRange,
} from '../../../src/commands/format/units.ts'

t.test('prints ages in their largest unit', async (t) => {
  const nowMs = 10_000_000_000
  const ago = (ms: number) => age(nowMs - ms, nowMs)
  t.equal(ago(0), 'now')
  t.equal(ago(-5_000), 'now', 'a clock that runs ahead')
  t.equal(ago(59_999), '59 s ago')
  t.equal(ago(60_000), '1 min ago')
  t.equal(ago(3_600_000 * 23), '23 h ago')
  t.equal(ago(86_400_000), '1 day ago')
  t.equal(ago(86_400_000 * 3), '3 days ago')
  t.equal(duration(0), '0 s')
})

t.test('prints sizes in B, kB and MB', async (t) => {
  t.equal(size(999), '999 B')
  t.equal(size(1_000), '1.0 kB')
  t.equal(size(3_400_000), '3.4 MB')
})

t.test('prints temperatures in the scale of the thermostat', async (t) => {
  t.equal(temperature(21.46, 'C'), '21.5 °C')
  t.equal(temperature(0, 'C'), '0 °C')
  t.equal(temperature(21.11, 'F'), '70 °F')
  t.equal(temperatureRange(20, 24, 'C'), '20–24 °C')
})

t.test('prints degrees that can be read again', async (t) => {
  t.equal(exactDegrees(20.5, 'C'), '20.5')
  t.equal(exactDegrees(20.004, 'C'), '20')
  t.equal(exactDegrees(21.11, 'F'), '70')
  t.equal(exactDegrees(20.5, 'F'), '68.9')
  t.equal(exactDegrees(20.01, 'F'), '68.02')
})
