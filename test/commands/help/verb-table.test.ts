import t from 'tap'
import { flatten, verbTable } from '../../../src/commands/help/verb-table.ts'
import { sampleProgram } from '../sample-program.ts'

t.test('the table holds every visible verb with its path', async (t) => {
  const paths = flatten(verbTable(sampleProgram())).map(({ path }) => path.join(' '))
  t.ok(paths.includes('nle serve'))
  t.ok(paths.includes('nle service install'))
  t.notOk(paths.includes('nle secret'))
})

t.test('the table holds options with value, choices and environment', async (t) => {
  const serve = verbTable(sampleProgram()).verbs.find(({ path }) => path[1] === 'serve')
  t.match(serve?.options, [
    { long: '--port', value: 'port', env: 'SERVER_PORT', takesFile: false },
    { long: '--log-format', choices: ['text', 'json'] },
    { long: '--db', value: 'path', takesFile: true },
    { short: '-v', long: '--verbose', value: undefined },
    { long: '--help' },
  ])
})
