import fc from 'fast-check'
import t from 'tap'
import { parseLinedJson } from '../../../src/protocol/schedule/json-lines.ts'
import { parseSchedule, scheduleDefaults } from '../../../src/protocol/schedule/schedule.ts'
import { parseScheduleFile } from '../../../src/protocol/schedule/schedule-file.ts'
import { scheduleOverview } from '../../../src/protocol/schedule/week.ts'
import { upload } from '../../helpers/uploads.ts'
import { refusal } from '../make.ts'

/** Day → `HH:MM temps` of a file. */
function week(file: string) {
  return Object.fromEntries(
    scheduleOverview(parseScheduleFile(file)).map(({ day, lines }) => [
      day.slice(0, 3),
      lines.map(({ time, temps }) => `${time} ${temps.join('-')}`).join(', '),
    ]),
  )
}

t.test('a week in a few lines', async (t) => {
  t.strictSame(
    week(`{
      "mode": "heat",
      "weekdays": { "06:30": 21, "8:00": "17C", "22:00": "62F" },
      "friday": { "06:30": 21, "23:30": 16.5 },
      "weekend": { "08:00": 21, "23:00": 17 }
    }`),
    {
      Mon: '06:30 21, 08:00 17, 22:00 16.67',
      Tue: '06:30 21, 08:00 17, 22:00 16.67',
      Wed: '06:30 21, 08:00 17, 22:00 16.67',
      Thu: '06:30 21, 08:00 17, 22:00 16.67',
      Fri: '06:30 21, 23:30 16.5',
      Sat: '08:00 21, 23:00 17',
      Sun: '08:00 21, 23:00 17',
    },
  )
})

t.test('days may be named in many ways', async (t) => {
  const on = (key: string) =>
    Object.entries(week(`{"${key}": {"07:00": 20}}`))
      .filter(([, lines]) => lines !== '')
      .map(([day]) => day)
      .join(' ')
  const cases: [string, string][] = [
    ['monday', 'Mon'],
    ['Tue', 'Tue'],
    ['thurs', 'Thu'],
    ['6', 'Sun'],
    ['mon-wed', 'Mon Tue Wed'],
    ['sat-mon', 'Mon Sat Sun'],
    ['mon, wed,fri', 'Mon Wed Fri'],
    ['weekday', 'Mon Tue Wed Thu Fri'],
    ['weekend', 'Sat Sun'],
    ['all', 'Mon Tue Wed Thu Fri Sat Sun'],
    ['weekend, mon', 'Mon Sat Sun'],
  ]
  for (const [key, days] of cases) t.equal(on(key), days, key)
})

t.test('the more particular wins, in any order', async (t) => {
  const { Mon, Sat, Sun } = week(
    '{"sun": {"9:00": 19}, "all": {"7:00": 20}, "weekend": {"8:00": 21}}',
  )
  t.strictSame([Mon, Sat, Sun], ['07:00 20', '08:00 21', '09:00 19'])
})

t.test('ranges', async (t) => {
  for (const value of [
    '"20-24"',
    '"20 - 24C"',
    '"68-75.2F"',
    '"20..24"',
    '{"low":20,"high":"24C"}',
  ]) {
    const parsed = parseScheduleFile(`{"mon": {"07:00": ${value}}}`)
    t.equal(parsed.schedule_mode, 'RANGE', value)
    t.strictSame(scheduleOverview(parsed)[0]?.lines[0]?.temps, [20, 24], value)
  }
  t.equal(parseScheduleFile('{"mode":"heat-cool","mon":{"07:00":"20-24"}}').schedule_mode, 'RANGE')
})

t.test('without a mode it is that of the thermostat', async (t) => {
  const range = '{"mon": {"07:00": "19-24"}}'
  const one = '{"mon": {"07:00": 20}}'
  const now = (mode: string, scheduleMode: string | null = null) =>
    scheduleDefaults({ mode, scheduleMode, schedule: undefined })
  t.equal(parseScheduleFile(one, now('cool', 'RANGE')).schedule_mode, 'COOL')
  t.equal(parseScheduleFile(range, now('range', 'HEAT')).schedule_mode, 'RANGE')
  t.equal(parseScheduleFile(range, now('off', 'RANGE')).schedule_mode, 'RANGE')
  t.match(
    refusal(() => parseScheduleFile(range, now('heat', 'RANGE'))),
    /"19-24" is a range, and heat takes one temperature/,
  )
  t.match(
    refusal(() => parseScheduleFile(one, now('emergency', 'RANGE'))),
    /20 is one temperature, and heat-cool takes two/,
  )
  const typed = '{"days": {"0": [{"time": 60, "type": "COOL", "temp": 25}]}}'
  t.equal(parseScheduleFile(typed, now('heat')).schedule_mode, 'COOL', 'said by its entries')
  const cleared = parseScheduleFile('{"days": {}}', now('heat', 'RANGE'))
  t.equal(cleared.schedule_mode, 'RANGE', 'a cleared week leaves the mode as it is')
})

t.test('the form of the wire is a file too', async (t) => {
  const { schedule } = upload('display-5.9.4')
  t.strictSame(parseScheduleFile(JSON.stringify(schedule, null, 2)), parseSchedule(schedule))
  const list = { schedule_mode: 'COOL', days: { 0: [{ time: 60, temp: 25 }] } }
  t.strictSame(parseScheduleFile(JSON.stringify(list)), parseSchedule(list))
  t.strictSame(
    week('{"days": {"mon": [{"time": "07:00", "temp": "70F"}]}}').Mon,
    '07:00 21.11',
    'with times and temperatures as people write them',
  )
  t.strictSame(parseScheduleFile('{"days": {}}').days, {}, 'clears')
})

t.test('a mistake is refused with its line', async (t) => {
  const cases: [string, string, RegExp][] = [
    ['a comma too many', '{\n"mon": {\n"07:00": 20,\n}}', /^line 4: expected a name.*found }/],
    ['a comma missing', '{\n"mon": {"07:00": 20}\n"tue": {}}', /^line 3: expected , or }, found "/],
    ['no quotes', '{\nmon: {}}', /^line 2: expected a name in double quotes, found mon/],
    ['the file ends', '{\n"mon": {\n', /^line 3: .*found the end of the file/],
    ['something follows', '{"mon": {"07:00": 20}}\n}', /^line 2: nothing may follow/],
    [
      'twice the same time',
      '{\n"mon": {\n"07:00": 20,\n"07:00": 21}}',
      /^line 4:.*first on line 3/,
    ],
    ['twice the same time, otherwise', '{"mon": {"07:00": 20,\n"7:00": 21}}', /^line 2: Monday/],
    ['no day', '{\n"mode": "heat"}', /^line 1: no day is named/],
    ['an unknown day', '{\n"moonday": {}}', /^line 2: "moonday" is not a day/],
    ['a day twice', '{"monday": {},\n"mon": {}}', /^line 2: Monday is in "monday" and in "mon"/],
    ['a step', '{"mon": {\n"07:00": "+1"}}', /^line 2: "\+1" has a sign.*4\.5 to 32 °C/],
    ['a step in degrees', '{"mon": {\n"07:00": "-1C"}}', /^line 2: "-1C" has a sign/],
    [
      'a step in the wire form',
      '{"mon": [{"time": 0,\n"temp": "+1"}]}',
      /^line 2: "\+1" has a sign/,
    ],
    ['a small number', '{"mon": {\n"07:00": 2}}', /^line 2: mon 07:00: 2 is too cold.*4\.5 to 32/],
    ['zero', '{"mon": {\n"07:00": 0}}', /^line 2: mon 07:00: 0 is too cold/],
    ['a number below zero', '{"mon": {\n"07:00": -1}}', /^line 2: mon 07:00: -1 is too cold/],
    ['a small number in the wire form', '{"mon": [{"time": 0,\n"temp": 2}]}', /4\.5 to 32/],
    ['no time', '{"mon": {\n"morning": 20}}', /^line 2: "morning" is not a time of day/],
    ['a time beyond', '{"mon": {\n"24:00": 20}}', /^line 2: "24:00" is not a time/],
    ['no temperature', '{"mon": {\n"07:00": "warm"}}', /^line 2: "warm" is not a temperature/],
    ['a boolean', '{"mon": {\n"07:00": true}}', /^line 2: true is not a temperature/],
    ['Fahrenheit', '{"mon":\n{"07:00":\n70}}', /^line 2: mon 07:00: 70 °C is too hot.*write "70F"/],
    ['Fahrenheit, a range', '{"mon": {"07:00": "68-75"}}', /write "68-75F"$/],
    [
      'too hot',
      '{"mon": {"07:00": "170F"}}',
      /"170F" is too hot for a home: .* 4\.5 to 32 °C \(40\.1 to 89\.6 °F\)$/,
    ],
    [
      'too cold',
      '{"mon": {"07:00": -5}}',
      /mon 07:00: -5 is too cold .* from 4\.5 to 32 °C \(40\.1 to 89\.6 °F\)$/,
    ],
    [
      'out of range, in an entry',
      '{"days": {"0": [\n{"time": 60,\n"temp": 99}]}}',
      /^line 3: Monday, entry 0: temp/,
    ],
    [
      'an unknown mode',
      '{\n"mode": "warm",\n"mon": {}}',
      /^line 2: mode must be heat, cool or heat-cool$/,
    ],
    [
      'an unknown mode of the wire',
      '{"schedule_mode": "x", "mon": {}}',
      /must be HEAT, COOL or RANGE/,
    ],
    [
      'a range in heat',
      '{"mode": "heat", "weekdays": {\n"07:00": "20-24"}}',
      /^line 2: weekdays 07:00: "20-24" is a range, and heat takes one.*write one such as 21, or "mode": "heat-cool"/,
    ],
    [
      'one temperature in heat-cool',
      '{"mode": "heat-cool", "mon": {\n"07:00": 21}}',
      /^line 2: mon 07:00: 21 is one temperature, and heat-cool takes two: write a range such as "19-24"/,
    ],
    [
      'a range upside down',
      '{"mon": {\n"07:00": "24-19"}}',
      /^line 2: mon 07:00: "24-19" has the higher temperature first.*as in "19-24"$/,
    ],
    ['a stray field', '{"days": {},\n"extra": 1}', /^line 2: "extra" has no meaning/],
    ['a day that is a number', '{\n"mon": 20}', /^line 2: Monday must be/],
    ['not an object', '[]', /^line 1: must be an object/],
    ['not JSON', '{"mon": {"07:00": 020}}', /^line 1: expected a value, found 020/],
    ['brackets without end', '['.repeat(99), /too many brackets/],
  ]
  for (const [name, file, message] of cases) {
    t.match(
      refusal(() => parseScheduleFile(file)),
      message,
      name,
    )
  }
})

t.test('the largest message of MQTT is refused at once, whatever is in it', async (t) => {
  const size = 256 * 1024
  const entries = Array.from({ length: size / 16 }, (_, i) => `"k${i}": 1`).join(',\n')
  const blanks = ' '.repeat(size)
  const cases: [string, string][] = [
    ['blanks in a temperature', `{"mon": {"07:00": "1${blanks}2"}}`],
    ['many entries', `{"mon": {${entries}}}`],
    ['blanks in a line', `a${blanks}(heat`],
    ['many times', `mon ${'07:00:x 20 '.repeat(size / 11)}`],
    ['many days', `${'monday,'.repeat(size / 7)}x`],
  ]
  for (const [name, file] of cases) {
    t.match(
      refusal(() => parseScheduleFile(file)),
      /^line 1: .{1,200}$/,
      name,
    )
  }
})

t.test('JSON with lines is JSON', async () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), fc.nat(4), (text, indent) => {
      const value = JSON.parse(text)
      const laidOut = JSON.stringify(value, null, indent)
      return JSON.stringify(parseLinedJson(laidOut).value) === JSON.stringify(value)
    }),
  )
})

t.test('whatever is in the file: a schedule, or a refusal with a line', async () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      let message: string
      try {
        message = refusal(() => parseScheduleFile(text))
      } catch {
        return false
      }
      return message === 'not refused' || /^line \d+: /.test(message)
    }),
    { numRuns: 1000 },
  )
})
