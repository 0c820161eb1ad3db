import t from 'tap'
import { nle } from '../shell.ts'

const PI = { url: 'http://192.168.1.5:8082', name: 'nle on pi 1a2b3c' }
const NAS = { url: 'http://192.168.1.9:8082', name: 'nle on nas\u001b[2J' }

t.test(
  'a command without a server names the one that the network has, and leaves it alone',
  async (t) => {
    const { exitCode, stderr } = await nle(['status'], { nearby: [PI] })
    t.equal(exitCode, 3)
    t.match(stderr, 'No nle server runs on this machine')
    t.match(
      stderr,
      'There is a server at http://192.168.1.5:8082 (nle on pi 1a2b3c): use --server http://192.168.1.5:8082.',
    )
    const listed = await nle(['devices'], { nearby: [PI] })
    t.match(listed.stderr, 'There is a server at http://192.168.1.5:8082')
  },
)

t.test('names several, and no control characters of a stranger', async (t) => {
  const { stderr } = await nle(['status'], { nearby: [PI, NAS] })
  t.match(
    stderr,
    'http://192.168.1.5:8082 (nle on pi 1a2b3c), http://192.168.1.9:8082 (nle on nas?',
  )
  t.match(stderr, 'name the one that is meant with --server')
  t.notMatch(stderr, '\u001b')
  const { stdout } = await nle(['status', '--json'], { nearby: [PI] })
  t.match(JSON.parse(stdout), { error: { code: 'unreachable', nearby: [PI] } })
})

t.test('looks at no network for a database or a server that was named', async (t) => {
  for (const named of [
    ['--db', '/nonexistent/nle.sqlite'],
    ['--server', 'http://127.0.0.1:1'],
  ]) {
    const { stderr } = await nle(['status', ...named], { nearby: [PI] })
    t.notMatch(stderr, '192.168.1.5')
  }
})
