import t from 'tap'
import type { Status } from '../../../src/api/shapes.ts'
import { takeStep } from '../../../src/commands/set/steps.ts'
import { readCommands } from '../../../src/commands/set/words.ts'
import type { JsonObject } from '../../../src/protocol/bucket.ts'

function step(line: string, status: JsonObject, scale: 'C' | 'F' = 'C') {
  const device = { name: 'Hallway', scale, status: status as unknown as Status }
  return takeStep(readCommands(line.split(' '), scale), device)
}
const HEAT = { mode: 'heat', target_temperature: 21 }
const RANGE = { mode: 'range', target_temperature_low: 19, target_temperature_high: 24 }

t.test('a step goes from the temperature that counts, and tells from what to what', async (t) => {
  const cases: [
    line: string,
    status: JsonObject,
    scale: 'C' | 'F',
    value: unknown,
    label: string,
  ][] = [
    ['warmer 0.5', HEAT, 'C', 21.5, 'temperature 21 °C → 21.5 °C'],
    ['cooler 1', HEAT, 'C', 20, 'temperature 21 °C → 20 °C'],
    ['warmer 1,5', HEAT, 'C', 22.5, 'temperature 21 °C → 22.5 °C'],
    [
      'warmer 1',
      { mode: 'heat', target_temperature: 21.11 },
      'F',
      21.67,
      'temperature 70 °F → 71 °F',
    ],
    ['warmer 5', { mode: 'cool', target_temperature: 20 }, 'F', 22.78, 'temperature 68 °F → 73 °F'],
    [
      'warmer 2F',
      { mode: 'heat', target_temperature: 20 },
      'C',
      21.11,
      'temperature 20 °C → 21.1 °C',
    ],
    ['warmer 1C', { mode: 'heat', target_temperature: 20 }, 'F', 21, 'temperature 68 °F → 70 °F'],
    ['cooler 1', RANGE, 'C', { low: 18, high: 23 }, 'temperature 19–24 °C → 18–23 °C'],
  ]
  for (const [line, status, scale, value, label] of cases) {
    t.strictSame(step(line, status, scale), [{ command: 'set_temperature', value, label }], line)
  }
})

t.test('a step counts from the mode and the eco that the same line sets', async (t) => {
  t.match(step('heat warmer 1', { ...HEAT, mode: 'off' }), [{ value: 'heat' }, { value: 22 }])
  t.match(step('home warmer 1', { ...HEAT, away: true }), [{ value: false }, { value: 22 }])
  t.match(step('heat-cool warmer 1', { ...HEAT, ...RANGE, mode: 'heat' }), [
    { value: 'heat-cool' },
    { value: { low: 20, high: 25 } },
  ])
})

t.test('says why there is no step to take, and what to do', async (t) => {
  const cases: [line: string, status: JsonObject, message: RegExp][] = [
    ['warmer 1', { mode: 'off', target_temperature: 21 }, /Hallway is off.*mode first.*"heat"/],
    ['warmer 1', { ...HEAT, away: true }, /is in eco.*"home".*"eco-low"/],
    ['warmer 1', { ...HEAT, eco_mode: 'auto-eco' }, /is in eco/],
    ['away warmer 1', HEAT, /is in eco/],
    ['warmer 1', { mode: null, target_temperature: 21 }, /has not told.*such as 21/],
    ['warmer 1', { mode: 'range', target_temperature_low: 19 }, /has not told/],
    [
      'warmer 1',
      { mode: 'heat', target_temperature: 31.5 },
      /31\.5 °C into 32\.5 °C.*4\.5 to 32 °C/,
    ],
    ['cooler 5', { ...RANGE, target_temperature_low: 9 }, /9–24 °C into 4–19 °C/],
  ]
  for (const [line, status, message] of cases) {
    t.throws(() => step(line, status), { code: 'invalid', message }, line)
  }
})

t.test('refuses a step that is none, or one beside a temperature', async (t) => {
  for (const line of ['warmer 6', 'warmer 0', 'warmer -1', 'warmer a', 'cooler 1K', 'warmer 10F']) {
    t.throws(() => step(line, HEAT), { code: 'invalid', message: /0\.1 to 5/ }, line)
  }
  for (const line of ['21 warmer 1', 'warmer 1 cooler 1', 'warmer 1 warmer 1', 'low 19 cooler 1']) {
    t.throws(() => step(line, HEAT), { code: 'invalid', message: /several temperatures/ }, line)
  }
  t.throws(() => step('warmer', HEAT), { message: /"warmer" needs a value/ })
})
