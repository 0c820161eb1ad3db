import fc from 'fast-check'
import t from 'tap'
import { parseTemperature, Setpoints } from '../../src/protocol/setpoint.ts'
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
    ['-3', undefined],
    ['+1', undefined],
    ['--1', undefined],
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
  const client = new Setpoints('client')
  t.match(
    refusal(() => client.one('temperature', 70)),
    /from 4\.5 to 32 °C, and 70 is far outside: temperatures are Celsius here, not Fahrenheit/,
  )
  t.equal(
    refusal(() => client.one('temperature', -5)),
    'temperature must be from 4.5 to 32 °C, not -5',
  )
})

t.test('a setpoint of a client ends up between 4.5 and 32, or is refused', async () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      const client = new Setpoints('client')
      const near = value >= -3.5 && value <= 40
      if (!near) return refusal(() => client.one('x', value)).startsWith('x must be')
      const degrees = client.one('x', value)
      const isInside = value >= 4.5 && value <= 32
      return isInside ? degrees === value && !client.moved : degrees >= 4.5 && degrees <= 32
    }),
  )
})

t.test('a setpoint of a person is what was typed, or is refused', async () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      const person = new Setpoints('person')
      if (value >= 4.5 && value <= 32) return person.one('x', value) === value && !person.moved
      return refusal(() => person.one('x', value)).startsWith('x must be')
    }),
  )
})

t.test('bounds as far apart as thermostats round them are far enough', async (t) => {
  const person = new Setpoints('person')
  const low = { field: 'low', value: 21.1 }
  t.strictSame(person.apart(low, { field: 'high', value: 22.6 }, 'low'), { low: 21.1, high: 22.6 })
  t.match(
    refusal(() => person.apart(low, { field: 'high', value: 22.59 }, 'low')),
    /at least 1\.5 °C/,
  )
})
