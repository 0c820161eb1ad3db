import t from 'tap'
import { readCommands } from '../../../src/commands/set/words.ts'

const read = (line: string, scale: 'C' | 'F' = 'C') => readCommands(line.split(' '), scale)

t.test('every property becomes its command', async (t) => {
  const cases: [line: string, command: string, value: unknown, label: string][] = [
    ['temperature 21.5', 'set_temperature', 21.5, 'temperature 21.5 °C'],
    ['21,5', 'set_temperature', 21.5, 'temperature 21.5 °C'],
    ['70F', 'set_temperature', 21.11, 'temperature 21.1 °C'],
    ['temp 21,5', 'set_temperature', 21.5, 'temperature 21.5 °C'],
    ['temperature 70F', 'set_temperature', 21.11, 'temperature 21.1 °C'],
    ['low 19', 'set_temperature', { low: 19 }, 'low 19 °C'],
    ['mode Heat-Cool', 'set_mode', 'heat-cool', 'mode heat-cool'],
    ['mode auto', 'set_mode', 'auto', 'mode heat-cool'],
    ['mode range', 'set_mode', 'range', 'mode heat-cool'],
    ['away on', 'set_away', true, 'away on'],
    ['away off', 'set_away', false, 'away off'],
    ['away', 'set_away', true, 'away on'],
    ['home', 'set_away', false, 'away off'],
    ['eco on', 'set_away', true, 'eco on'],
    ['eco off', 'set_away', false, 'eco off'],
    ['Eco', 'set_away', true, 'eco on'],
    ['heat', 'set_mode', 'heat', 'mode heat'],
    ['heat-cool', 'set_mode', 'heat-cool', 'mode heat-cool'],
    ['off', 'set_mode', 'off', 'mode off'],
    ['fan on', 'set_fan', 'on', 'fan on'],
    ['fan auto', 'set_fan', 'auto', 'fan auto'],
    ['fan 45m', 'set_fan', 2700, 'fan on for 45 min'],
    ['fan 1h30m', 'set_fan', 5400, 'fan on for 1 h 30 min'],
    ['eco-high 28', 'set_eco_temperatures', { high: 28 }, 'eco-high 28 °C'],
    [
      'setting target_humidity=40',
      'set_device_setting',
      { target_humidity: 40 },
      'target_humidity=40',
    ],
  ]
  for (const [line, command, value, label] of cases) {
    t.same(read(line), [{ command, value, label }], line)
  }
})

t.test('merges bounds, and settings, into one command', async (t) => {
  t.same(read('low 19 high 24'), [
    { command: 'set_temperature', value: { low: 19, high: 24 }, label: 'low 19 °C, high 24 °C' },
  ])
  t.match(read('eco-low 15 mode heat eco-high 28'), [
    { command: 'set_eco_temperatures', value: { low: 15, high: 28 } },
    { command: 'set_mode', value: 'heat' },
  ])
  t.match(read('setting temperature_lock=off target_humidity=40 setting click_sound=on'), [
    { value: { temperature_lock: false, target_humidity: 40, click_sound: 'on' } },
  ])
  t.match(read('temperature 20 temperature 21'), [{ value: 21 }], 'the later one counts')
})

t.test('words may follow each other without the name of their property', async (t) => {
  t.match(read('heat 21'), [
    { command: 'set_mode', value: 'heat' },
    { command: 'set_temperature', value: 21 },
  ])
  t.match(read('home 20 fan 1h'), [
    { command: 'set_away', value: false },
    { command: 'set_temperature', value: 20 },
    { command: 'set_fan', value: 3600 },
  ])
  t.match(read('away fan auto'), [{ value: true }, { value: 'auto' }])
})

t.test('reads a setting in its own type', async (t) => {
  const value = (text: string) => read(`setting ${text}`)[0]?.value
  t.same(value('postal_code=01234'), { postal_code: '01234' }, 'digits, but text')
  t.same(value('learning_mode=yes'), { learning_mode: true })
  t.same(value('away_temperature_low=59F'), { away_temperature_low: 15 })
  t.same(value('heat_pump_aux_threshold=-5'), { heat_pump_aux_threshold: -5 })
  t.same(value('unheard_of=7'), { unheard_of: 7 }, 'the server has the last word')
  t.throws(() => value('learning_mode=maybe'), { code: 'invalid', message: /learning_mode/ })
  t.throws(() => value('target_humidity=wet'), {
    message: 'target_humidity is a number, not "wet".',
  })
  t.throws(() => value('target_humidity'), { message: /key=value/ })
})

t.test('guesses the unit of a plain number', async (t) => {
  t.match(read('temperature 70', 'F'), [{ value: 21.11, label: 'temperature 70 °F' }])
  t.match(read('temperature 21', 'F'), [{ value: 21 }])
  t.throws(() => read('temperature 70', 'C'), { code: 'invalid', message: /write 70F/ })
})

t.test('refuses a setpoint out of range, with the limits in both units', async (t) => {
  t.throws(() => read('temperature 33'), {
    code: 'invalid',
    message: 'temperature goes from 4.5 to 32 °C (40.1 to 89.6 °F), not "33".',
  })
  t.throws(() => read('low 3 high 24'), { message: /^low goes from 4\.5 to 32 °C/ })
  t.throws(() => read('temperature 95', 'F'), { message: /not "95"/ })
  t.throws(() => read('eco-low 30'), { message: /^eco-low goes from 4\.5 to 21 °C/ })
  t.throws(() => read('eco-low 80F'), { message: /^eco-low goes from .* \(40\.1 to 69\.8 °F\)/ })
  t.throws(() => read('eco-high 20'), { message: /^eco-high goes from 24 to 32 °C/ })
  t.match(read('eco-low 21 eco-high 24'), [{ value: { low: 21, high: 24 } }])
})

t.test('explains what cannot be set', async (t) => {
  t.throws(() => read('fna on'), { code: 'invalid', message: /"fna".*Did you mean fan\?/ })
  t.throws(() => read('frobnicate 40'), { message: /There is temperature, warmer, cooler, low/ })
  t.throws(() => read('temperature'), { message: /"temperature" needs a value/ })
  t.throws(() => read('temperature warm'), { message: /temperature like 21.5, 21C or 70F/ })
  t.throws(() => read('mode eco'), { message: /Eco is switched with "eco on"/ })
  t.throws(() => read('mode hot'), {
    message: 'mode is off, heat, cool, heat-cool, emergency, not "hot".',
  })
  t.throws(() => read('away perhaps'), { message: 'away is on or off, not "perhaps".' })
  for (const time of ['45', '0m', '12h1m', 'm']) {
    t.throws(() => read(`fan ${time}`), { message: /such as 45m/ }, time)
  }
  t.throws(() => readCommands([], 'C'), { message: /Say what to set/ })
})
