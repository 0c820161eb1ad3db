import t from 'tap'
import { nle } from './shell.ts'

t.test('a mistyped verb gets a suggestion', async (t) => {
  const { exitCode, stderr } = await nle(['pari'])
  t.equal(exitCode, 2)
  t.match(stderr, /unknown command 'pari'\n\(Did you mean pair\?\)/)
  t.match(await nle(['devices', '--jsno']), { exitCode: 2, stderr: /Did you mean --json\?/ })
})

t.test('help and version are not failures', async (t) => {
  const help = await nle(['--help'])
  t.equal(help.exitCode, 0)
  for (const verb of ['serve', 'pair', 'devices', 'set', 'schedule', 'watch', 'buckets']) {
    t.match(help.stdout, new RegExp(`^ {2}${verb} `, 'm'))
  }
  t.match(await nle(['set', '--help']), { exitCode: 0, stdout: /\$ nle set Kitchen away on/ })
  t.match(await nle(['--version']), { exitCode: 0, stdout: /^nle \d/ })
})

t.test('failures are JSON where JSON was asked for', async (t) => {
  const args = ['buckets', '--db', '/nonexistent/nle.sqlite']
  const plain = await nle(args)
  t.match(plain, { exitCode: 4, stdout: '', stderr: /^nle: There is no database/ })
  const json = await nle([...args, '--json'])
  t.equal(json.exitCode, 4)
  t.match(JSON.parse(json.stdout), { error: { code: 'not_found', message: /no database/ } })
})
