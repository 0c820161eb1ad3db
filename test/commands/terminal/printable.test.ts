import t from 'tap'
import { displayWidth, printable, truncate } from '../../../src/commands/terminal/printable.ts'

t.test('no text from a thermostat can control the terminal', async (t) => {
  t.equal(printable('Kit\x1b[2Jchen\r\n\x07'), 'Kit?[2Jchen???')
  t.equal(printable('a\u009b31mb'), 'a?31mb', 'C1 controls')
  t.equal(printable('a\u202egpj.exe'), 'a?gpj.exe', 'text that runs backwards')
  t.equal(printable('Küche 客厅 🏠'), 'Küche 客厅 🏠')
})

t.test('width counts columns, not characters', async (t) => {
  t.equal(displayWidth('Küche'), 5)
  t.equal(displayWidth('客厅'), 4)
  t.equal(displayWidth('🏠'), 2)
  t.equal(displayWidth('e\u0301'), 1)
})

t.test('cuts text to fit, with an ellipsis', async (t) => {
  t.equal(truncate('Kitchen', 7), 'Kitchen')
  t.equal(truncate('Kitchen', 5), 'Kitc…')
  t.equal(truncate('客厅客厅', 4), '客…', 'half a wide sign is none')
})
