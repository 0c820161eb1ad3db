import t from 'tap'
import { hostile } from './hostile.ts'
import { Report } from './report.ts'

// Takes some seconds, and longer on a busy machine.
t.setTimeout(600_000)

t.test('a server with a small heap goes on under hostile load', async (t) => {
  const report = new Report()
  report.say = (line) => t.comment(line)
  await hostile(report, 5)
  t.notOk(
    [...report.failures.keys()].find((what) => what.startsWith('the server has ended')),
    'it answers afterwards',
  )
})
