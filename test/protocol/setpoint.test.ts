import fc from 'fast-check'
import t from 'tap'
import { parseTemperature, setpointC } from '../../src/protocol/setpoint.ts'
import { refusal } from './make.ts'

t.test('temperatures as people write them', async (t) => {
  const cases: [string, number | undefined][] = [
    ['21', 21],
    ['21.5', 21.5],
    [' 21.5C ', 21.5],
    ['21 °C', 21],
    ['21°', 21],
    ['70F', 21.11],
    ['68 f', 20],
    ['32F', 0],
    ['-3', -3],
    ['', undefined],
    ['warm', undefined],
    ['21K', undefined],
    ['2 1', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['21,5', undefined],
  ]
  for (const [text, degrees] of cases) t.equal(parseTemperature(text), degrees, text)
})

t.test('only what is too hot is taken for Fahrenheit', async (t) => {
  t.match(
    refusal(() => setpointC('temperature', 70)),
    /from 4\.5 to 32 °C, and 70 is far outside: temperatures are Celsius here, not Fahrenheit/,
  )
  t.equal(
    refusal(() => setpointC('temperature', -5)),
    'temperature must be from 4.5 to 32 °C, not -5',
  )
})

t.test('a setpoint ends up between 4.5 and 32, or is refused', async () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      const near = value >= -3.5 && value <= 40
      if (!near) return refusal(() => setpointC('x', value)).startsWith('x must be')
      const degrees = setpointC('x', value)
      return degrees >= 4.5 && degrees <= 32 && (value < 4.5 || value > 32 || degrees === value)
    }),
  )
})
