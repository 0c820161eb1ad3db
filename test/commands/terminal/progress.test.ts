import t from 'tap'
import { overwriteLine } from '../../../src/commands/terminal/progress.ts'

t.test('the progress line fits the terminal, and keeps its count', async (t) => {
  const text = 'Code taken. Waiting for Kitchen to confirm'
  t.equal(
    overwriteLine({ errorColumns: Number.POSITIVE_INFINITY }, '* ', text, ' (2 s)'),
    `\r\x1b[K* ${text} (2 s)`,
  )
  const narrow = overwriteLine({ errorColumns: 30 }, '* ', text, ' (2 s)')
  t.equal(narrow, '\r\x1b[K* Code taken. Waiting … (2 s)')
  t.equal(narrow.replace('\r\x1b[K', '').length, 29)
  t.match(overwriteLine({ errorColumns: 5 }, '* ', text, ' (2 s)'), /\(2 s\)$/)
})
