import t from 'tap'
import { columnsOf } from '../../../src/commands/terminal/process-io.ts'
import { nle } from '../shell.ts'

t.test('a terminal that does not know its width is taken for the usual one', async (t) => {
  t.equal(columnsOf({ columns: 0 }), 80)
  t.equal(columnsOf({ columns: 40 }), 40)
  t.equal(columnsOf({}), Number.POSITIVE_INFINITY, 'a file or a pipe has none')
})

t.test('errors are as wide as the terminal, and one line elsewhere', async (t) => {
  const args = ['devices', '--db', '/nonexistent/nle.sqlite']
  const piped = (await nle(args)).stderr.trimEnd().split('\n').at(-1)
  t.match(piped, /^nle: There is no database at \S+ "nle serve" creates it\./)
  const { stderr } = await nle(args, { errorColumns: 40 })
  t.match(
    stderr,
    'nle: There is no database at\n     /nonexistent/nle.sqlite. "nle\n     serve" creates it.\n',
  )
})

t.test('help is as wide as the terminal', async (t) => {
  const { stdout } = await nle(['serve', '--help'], { columns: 60 })
  for (const line of stdout.split('\n')) t.ok(line.length <= 60, line)
})
