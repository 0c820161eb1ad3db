import t from 'tap'
import { displayWidth } from '../../../src/commands/terminal/printable.ts'
import { table } from '../../../src/commands/terminal/table.ts'

const HEAD = [
  { title: 'NAME', minWidth: 6 },
  { title: 'SERIAL' },
  { title: 'NOW', align: 'right' as const },
]
const ROWS = [
  ['Living room upstairs', '02AA01AC31140KD6', '20.5 °C'],
  ['Den', '02AA01AC31140KD7', '9 °C'],
]

t.test('aligns columns, numbers to the right', async (t) => {
  t.equal(
    table(HEAD, ROWS, 80),
    [
      'NAME                  SERIAL                NOW',
      'Living room upstairs  02AA01AC31140KD6  20.5 °C',
      'Den                   02AA01AC31140KD7     9 °C',
      '',
    ].join('\n'),
  )
})

t.test('on a narrow terminal only some columns are cut', async (t) => {
  const text = table(HEAD, ROWS, 38)
  for (const line of text.trimEnd().split('\n')) t.ok(displayWidth(line) <= 38, line)
  t.match(text, /Living roo… {2}02AA01AC31140KD6 {2}20\.5 °C/)
})

t.test('prints a block of lines per row where a table does not fit', async (t) => {
  t.equal(
    table(HEAD, ROWS, 30),
    [
      'NAME    Living room upstairs',
      'SERIAL  02AA01AC31140KD6',
      'NOW     20.5 °C',
      '',
      'NAME    Den',
      'SERIAL  02AA01AC31140KD7',
      'NOW     9 °C',
      '',
    ].join('\n'),
  )
})

t.test('colour changes no width, and cells carry no control characters', async (t) => {
  const paint = (text: string) => `<${text}>`
  t.equal(
    table([{ title: 'A' }, { title: 'B' }], [[{ text: 'x\x1b[0m', paint }, 'y']], 80, paint),
    '<A>      <B>\n<x?[0m>  y\n',
  )
})

t.test('blocks cut the same columns as a table', async (t) => {
  const head = [{ title: 'NAME', minWidth: 8 }, { title: 'SERIAL' }]
  const printed = table(head, [['A very long name of a thermostat', '02AA01AC31140KD6']], 12)
  t.equal(printed, 'NAME    A very …\nSERIAL  02AA01AC31140KD6\n')
})
