import t from 'tap'
import { columnsOf } from '../../../src/commands/terminal/process-io.ts'
import { nle } from '../shell.ts'

t.test('a terminal that reports no width counts as 80 columns', async (t) => {
  t.equal(columnsOf({ columns: 0 }), 80)
  t.equal(columnsOf({ columns: 40 }), 40)
  t.equal(columnsOf({}), Number.POSITIVE_INFINITY, 'a file or a pipe has none')
})

t.test('wraps errors to the terminal, and keeps them on one line elsewhere', async (t) => {
  const args = ['devices', '--db', '/nonexistent/nle.sqlite']
  const piped = (await nle(args)).stderr.trimEnd().split('\n').at(-1)
  t.match(piped, /^nle: There is no database at \S+ "nle serve" creates it\./)
  const { stderr } = await nle(args, { errorColumns: 40 })
  t.match(
    stderr,
    'nle: There is no database at\n     /nonexistent/nle.sqlite. "nle\n     serve" creates it.\n',
  )
})

t.test('wraps help to the terminal', async (t) => {
  const { stdout } = await nle(['serve', '--help'], { columns: 60 })
  for (const line of stdout.split('\n')) t.ok(line.length <= 60, line)
  t.match(stdout, /\n {2}--port <number>\n {6}port of the device listener /)
  const beside = await nle(['set', '--help'], { columns: 60 })
  t.match(beside.stdout, /\n {2}--db <file> {10}database of the server/)
  t.match((await nle(['--help'], { columns: 60 })).stdout, /\n {2}watch \[options\] .*\n {6}follow/)
})
