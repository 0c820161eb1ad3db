import t from 'tap'
import { PROPERTIES } from '../../src/commands/set/words.ts'
import { nle } from './shell.ts'

t.test('suggests a verb for a mistyped one', async (t) => {
  const { exitCode, stderr } = await nle(['pari'])
  t.equal(exitCode, 2)
  t.equal(
    stderr,
    'nle: Unknown command \'pari\'. Did you mean pair? "nle --help" lists what there is.\n',
  )
  t.match(await nle(['devices', '--jsno']), { exitCode: 2, stderr: /Did you mean --json\?/ })
})

t.test('help and version exit with 0', async (t) => {
  const help = await nle(['--help'])
  t.equal(help.exitCode, 0)
  for (const verb of ['serve', 'pair', 'devices', 'set', 'schedule', 'watch', 'buckets']) {
    t.match(help.stdout, new RegExp(`^ {2}${verb} `, 'm'))
  }
  t.match(await nle(['set', '--help']), { exitCode: 0, stdout: /\$ nle set all away/ })
  t.match(await nle(['--version']), { exitCode: 0, stdout: /^nle \d/ })
})

t.test('help refuses words that are no verb', async (t) => {
  const stderr =
    'nle: Unknown command \'sed\'. Did you mean set? "nle --help" lists what there is.\n'
  t.match(await nle(['help', 'sed']), { exitCode: 2, stdout: '', stderr })
  t.match(await nle(['help', 'mqtt', 'nope']), {
    exitCode: 2,
    stderr: 'nle: "nle mqtt" has no nope. There is status, set, off. See "nle help mqtt".\n',
  })
  t.match(await nle(['help']), { exitCode: 0, stdout: /^ {2}serve /m })
  t.match(await nle(['help', 'mqtt']), { exitCode: 0, stdout: /^Usage: nle mqtt / })
  t.match(await nle(['help', 'mqtt', 'set']), { exitCode: 0, stdout: /^Usage: nle mqtt set / })
})

t.test('errors of the command line name the help to read', async (t) => {
  const message = `"nle set" needs <what>: 21.5, heat, off, home, away; or ${PROPERTIES.join(', ')} with a value. See "nle help set".`
  const plain = await nle(['set', 'hallway'])
  t.strictSame(plain, { exitCode: 2, stdout: '', stderr: `nle: ${message}\n` })
  const json = await nle(['set', 'hallway', '--json'])
  t.match(json, { exitCode: 2, stderr: '' }, 'JSON only')
  t.strictSame(JSON.parse(json.stdout), { error: { code: 'invalid', message } })
  const group = await nle(['token'])
  t.match(group, { exitCode: 2, stdout: '', stderr: /^Usage: nle token / }, 'help, where it helps')
  const error = { code: 'invalid' }
  t.match(JSON.parse((await nle(['token', '--json'])).stdout), { error })
})

t.test('prints errors as JSON with --json', async (t) => {
  const args = ['buckets', '--db', '/nonexistent/nle.sqlite']
  const plain = await nle(args)
  t.match(plain, { exitCode: 4, stdout: '', stderr: /^nle: There is no database/ })
  const json = await nle([...args, '--json'])
  t.equal(json.exitCode, 4)
  t.match(JSON.parse(json.stdout), { error: { code: 'not_found', message: /no database/ } })
})
