import t from 'tap'
import { parseScheduleFile } from '../../../src/protocol/schedule/schedule-file.ts'
import { scheduleOverview } from '../../../src/protocol/schedule/week.ts'
import { refusal } from '../make.ts'

/** Day → `HH:MM temps`, only days that set something. */
function week(text: string) {
  const days = scheduleOverview(parseScheduleFile(text)).flatMap(({ day, lines }) =>
    lines.length === 0
      ? []
      : [
          [
            day.slice(0, 3),
            lines.map(({ time, temps }) => `${time} ${temps.join('-')}`).join(', '),
          ],
        ],
  )
  return Object.fromEntries(days)
}

t.test('a week is a line for a day or for several, a day may have several lines', async (t) => {
  t.strictSame(
    week(`# Mine

      Winter (heat, °C)
      mon-thu:  06:30 21  8:00 17,5
                22:00 62F          # going to bed
      Friday    6:30 21, 23:30 16.5
      sat sun   08:00 21
      sat sun   23:00 17
      `),
    {
      Mon: '06:30 21, 08:00 17.5, 22:00 16.67',
      Tue: '06:30 21, 08:00 17.5, 22:00 16.67',
      Wed: '06:30 21, 08:00 17.5, 22:00 16.67',
      Thu: '06:30 21, 08:00 17.5, 22:00 16.67',
      Fri: '06:30 21, 23:30 16.5',
      Sat: '08:00 21, 23:00 17',
      Sun: '08:00 21, 23:00 17',
    },
  )
})

t.test('the first line says name, mode and unit; each may be left out', async (t) => {
  const { name, schedule_mode } = parseScheduleFile('Nights #2 (heat-cool, °F)\nall 07:00 68-75\n')
  t.strictSame([name, schedule_mode], ['Nights #2', 'RANGE'])
  t.strictSame(week('(cool, °F)\nmon 07:00 77'), { Mon: '07:00 25' })
  t.strictSame(week('(cool, f)\nmon 07:00 25C 08:00 77 F'), { Mon: '07:00 25, 08:00 25' })
  t.equal(parseScheduleFile('(range)\nmon 07:00 19 – 24').schedule_mode, 'RANGE')
  t.strictSame(week('mon 07:00 20'), { Mon: '07:00 20' }, 'Celsius')
  t.equal(parseScheduleFile('mon 07:00 25', { mode: 'COOL', name: 'x' }).schedule_mode, 'COOL')
  t.equal(parseScheduleFile('mon 07:00 25', { mode: 'COOL', name: 'x' }).name, 'x')
})

t.test('a day with a dash, or with nothing, sets nothing', async (t) => {
  for (const empty of ['Sunday -', 'Sunday –', 'sunday:', 'Sunday', 'sat - sun -']) {
    t.strictSame(week(`all 07:00 20\n${empty}`).Sun, undefined, empty)
  }
  t.strictSame(parseScheduleFile('all -').days, {}, 'the whole week')
})

t.test('what the thermostat adds by itself is skipped', async (t) => {
  t.strictSame(week('Monday  (00:00 16)  06:00 20\n        (22:00 5)\n# In brackets: …'), {
    Mon: '06:00 20',
  })
})

t.test('a mistake is refused with its line', async (t) => {
  const cases: [string, string, RegExp][] = [
    ['nothing at all', '', /^line 1: no day is named: write such as mon-fri 06:30 21$/],
    ['comments only', '# a\n# b', /^line 1: no day is named/],
    ['only a first line', 'Winter (heat, °C)', /no day is named/],
    [
      'an unknown day',
      'mon 07:00 20\nMoonday 07:00 20',
      /^line 2: "Moonday" is not a day: write monday/,
    ],
    [
      'an unknown unit',
      'Winter (heat, °K)\nmon 07:00 20',
      /^line 1: "Winter \(heat, °K\)" is not a day/,
    ],
    ['an unknown mode', '\nWinter (warm, °C)\nmon 07:00 20', /^line 2: mode must be heat, cool or/],
    [
      'two first lines',
      '(heat)\nmon 07:00 20\n(cool)',
      /^line 3: the mode is there twice, first on line 1/,
    ],
    [
      'no day before a time',
      '(heat)\n  07:00 20',
      /^line 2: a day is missing before the first time/,
    ],
    ['a time beyond', 'mon 07:00 20\n    25:30 20', /^line 2: "25:30" is not a time of day/],
    ['a time without a colon', 'mon 730 20', /^line 1: "730" is not a time of day: write "06:30"/],
    ['no temperature', 'mon 07:00\n    08:00 20', /^line 1: "07:00" has no temperature/],
    ['a word', 'mon 07:00 warm', /^line 1: "warm" is not a temperature/],
    ['a step', 'mon 07:00 20\n    08:00 +1', /^line 2: "\+1" has a sign.*4\.5 to 32 °C \(40\.1 to/],
    [
      'a small number',
      'mon 07:00 20\n    08:00 2',
      /^line 2: mon 08:00: 2 is too cold .*4\.5 to 32/,
    ],
    ['Fahrenheit', 'mon 07:00 70', /^line 1: mon 07:00: 70 °C is too hot .*write "70F"/],
    ['Celsius on a file in °F', '(heat, F)\nmon 07:00 21', /"21F" is too cold .*40\.1 to 89\.6 °F/],
    [
      'a time twice',
      'mon 07:00 20\nmon 07:00 21',
      /^line 2: "07:00" is there twice, first on line 1/,
    ],
    [
      'a time twice, otherwise',
      'mon 07:00 20\n    7:00 21',
      /^line 2: Monday, entry 7:00: the same time/,
    ],
    ['a day twice', 'mon 07:00 20\nMonday 08:00 21', /^line 2: Monday is in "mon" and in "Monday"/],
    [
      'a range in heat',
      '(heat)\nmon 07:00 19-24',
      /^line 2: .*"19-24" is a range.*or \(heat-cool\) in the first line for the whole schedule$/,
    ],
    [
      'one in heat-cool',
      '(heat-cool)\nmon 07:00 21',
      /^line 2: .*21 is one .* or \(heat\) or \(cool\) in the first/,
    ],
    ['upside down', '(heat-cool)\nmon 07:00 24-19', /^line 2: .*higher temperature first/],
  ]
  for (const [name, text, message] of cases) {
    t.match(
      refusal(() => parseScheduleFile(text)),
      message,
      name,
    )
  }
})
