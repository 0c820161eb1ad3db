import { Command } from 'commander'
import t from 'tap'
import { processIo } from '../../../src/commands/terminal/process-io.ts'
import { VERBS, verbsFor } from '../../../src/commands/verbs/index.ts'

const ALL = Object.keys(VERBS)

t.test('every verb registers under its name', async (t) => {
  const io = processIo()
  for (const verb of ALL) {
    const program = new Command('nle')
    const register = await VERBS[verb]?.()
    register?.(program, io)
    t.ok(
      program.commands.some((command) => command.name() === verb),
      verb,
    )
  }
})

t.test('a command line loads only the verb it names', async (t) => {
  const rows: [string, string[], string[]][] = [
    ['a verb', ['serve', '--port', '9000'], ['serve']],
    ['a verb after an option of the program', ['--no-color', 'serve'], ['serve']],
    ['the version', ['--version'], []],
    ['the version, short', ['-V'], []],
    ['help', ['--help'], ALL],
    ['nothing', [], ALL],
    ['help on a verb', ['help', 'serve'], ALL],
    ['a mistyped verb, which deserves a suggestion', ['serv'], ALL],
    ['completions of all verbs', ['completion', 'bash'], ALL],
    ['a name every object has', ['constructor'], ALL],
  ]
  for (const [name, args, expected] of rows) t.strictSame(verbsFor(args), expected, name)
})
