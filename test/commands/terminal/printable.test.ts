import t from 'tap'
import {
  displayWidth,
  printable,
  printableJson,
  truncate,
} from '../../../src/commands/terminal/printable.ts'

t.test('nothing a device sends can steer the terminal', async (t) => {
  t.equal(printable('Kit\x1b[2Jchen\r\n\x07'), 'Kit?[2Jchen???')
  t.equal(printable('a\u009b31mb'), 'a?31mb', 'C1 controls')
  t.equal(printable('a\u202egpj.exe'), 'a?gpj.exe', 'text that runs backwards')
  t.equal(printable('Küche 客厅 🏠'), 'Küche 客厅 🏠')
})

t.test('JSON stays the same JSON when it is made harmless', async (t) => {
  const value = { name: 'a\x1b\x7f\u009b\u202eb', list: [1, 'x'] }
  const text = printableJson(JSON.stringify(value, null, 2))
  t.notMatch(text, /[\x7f\u009b\u202e]/)
  t.same(JSON.parse(text), value)
  t.match(text, /\n/)
})

t.test('width counts columns, not characters', async (t) => {
  t.equal(displayWidth('Küche'), 5)
  t.equal(displayWidth('客厅'), 4)
  t.equal(displayWidth('🏠'), 2)
  t.equal(displayWidth('e\u0301'), 1)
})

t.test('a cut text fits and says that it is cut', async (t) => {
  t.equal(truncate('Kitchen', 7), 'Kitchen')
  t.equal(truncate('Kitchen', 5), 'Kitc…')
  t.equal(truncate('客厅客厅', 4), '客…', 'half a wide sign is none')
})
