import { PassThrough } from 'node:stream'
import t from 'tap'
import { asTypedHere, VERB_NAMES } from '../../src/commands/own-command.ts'
import { makeLogger } from '../../src/server/core/logger.ts'
import { startHome } from '../helpers/home.ts'
import { BARE_COMMAND } from './bare-command.ts'
import { nle } from './shell.ts'

const SOURCE = 'npm run nle --'

t.test('a command line is shown as it is typed here, and nothing else is', async (t) => {
  const rows: [text: string, shown: string][] = [
    ['pair one with "nle pair"', 'pair one with "npm run nle -- pair"'],
    ['nle set <device> 21', 'npm run nle -- set <device> 21'],
    ['sudo nle doctor --db x', 'sudo npm run nle -- doctor --db x'],
    ['"nle help set" and "nle --help"', '"npm run nle -- help set" and "npm run nle -- --help"'],
    ['Usage: nle [options] [command]', 'Usage: npm run nle -- [options] [command]'],
    ['No nle server runs, and nle serves', 'No nle server runs, and nle serves'],
    ['/usr/local/bin/nle serve', '/usr/local/bin/nle serve'],
    ['nle: the file nle-1.sqlite, set by nle', 'nle: the file nle-1.sqlite, set by nle'],
  ]
  for (const [text, shown] of rows) {
    t.equal(asTypedHere(text, SOURCE), shown)
    t.equal(asTypedHere(text, undefined), text)
  }
})

t.test('from source, every hint names the command that works there', async (t) => {
  const home = await startHome(t)
  const server = ['--server', home.server.controlUrl]
  const lines = [
    ...VERB_NAMES.map((verb) => ['help', verb]),
    ...['set', 'show', 'edit', 'remove', 'copy', 'clear'].map((verb) => ['help', 'schedule', verb]),
    ['--help'],
    [],
    ['nonsense'],
    ['status'],
    ['status', '--json', '--db', '/nonexistent/nle.sqlite'],
    ['devices', '--db', '/nonexistent/nle.sqlite'],
    ['devices', ...server],
    ['changes', ...server],
    ['mqtt', 'status', ...server],
    ['schedule', 'edit', ...server],
    ['schedule', 'show', ...server],
    ['pair', 'A3XR7M2', ...server],
    ['pair', ...server],
    ['service', 'install'],
    ['configure', '127.0.0.1', ...server],
    ['doctor', '--port', '1', '--control-port', '2'],
  ]
  for (const line of lines) {
    const { stdout, stderr } = await nle(line, { ownCommand: SOURCE })
    t.notMatch(stdout + stderr, BARE_COMMAND, line.join(' '))
  }
})

t.test('the log of a server names the command that works there', async (t) => {
  const out = new PassThrough()
  const log = makeLogger(out, {
    format: 'text',
    level: 'info',
    color: false,
    nowMs: () => 0,
    hint: (text) => asTypedHere(text, SOURCE),
  })
  log.warn('after a reset, "nle repin" helps', { mend: 'type "nle backup"' })
  t.match(String(out.read()), /"npm run nle -- repin" helps .*npm run nle -- backup/)
})
