import t from 'tap'
import { reachedOrigin } from '../../../src/protocol/lan/reached-origin.ts'

const KNOWN = new Set([
  '192.168.1.7',
  '127.0.0.1',
  '127.0.0.2',
  '0.0.0.0',
  'localhost',
  'nas',
  'a.localhost',
  'pi.lan',
])

function reached(host: string | undefined, over: object = {}): unknown {
  const by = {
    scheme: 'http',
    port: 8000,
    isLocal: false,
    isKnown: (name: string) => KNOWN.has(name),
  }
  const told = reachedOrigin({ host, ...by, ...over } as Parameters<typeof reachedOrigin>[0])
  return 'origin' in told
    ? told.origin
    : 'unknownName' in told
      ? `? ${told.unknownName}`
      : undefined
}

t.test('E4, E2: a known host is told with its port', async (t) => {
  const rows: [string, string][] = [
    ['192.168.1.7:9000', 'http://192.168.1.7:9000'],
    ['192.168.1.7', 'http://192.168.1.7:80'],
    ['192.168.1.7:', 'http://192.168.1.7:80'],
    ['NAS:8000', 'http://nas:8000'],
    ['pi.lan.:8000', 'http://pi.lan:8000'],
    ['evil.example:8000', '? evil.example'],
  ]
  for (const [host, told] of rows) t.equal(reached(host), told, host)
  t.equal(reached('nas', { scheme: 'https' }), 'https://nas:443')
  t.equal(reached('nas:80', { scheme: 'https' }), 'https://nas:80')
})

t.test('E4: what is no host for a thermostat is not told', async (t) => {
  const all = { isKnown: () => true }
  const hosts = [
    undefined,
    '',
    ':8000',
    '[fd00::1]:8000',
    'fd00::1',
    'user@nas:8000',
    'nas/path',
    'nas, evil.example',
    'nas evil',
    'nas:0',
    'nas:65536',
    'nas:123456',
    'nas:8000:9000',
    'n%61s',
    'n\u00e4s',
    '2130706433',
    '0x7f.1',
    '127.1',
    '0.0.0.0:8000',
    '..',
    `${'a'.repeat(260)}:8000`,
  ]
  for (const host of hosts) t.equal(reached(host, all), undefined, String(host))
})

t.test('E4: loopback is told only to this machine, and only for another port', async (t) => {
  for (const name of ['localhost', '127.0.0.1', '127.0.0.2', 'a.localhost', 'LOCALHOST.']) {
    t.equal(reached(`${name}:9000`), undefined, name)
    t.equal(reached(`${name}:8000`, { isLocal: true }), undefined, 'what a proxy here would send')
  }
  t.equal(reached('localhost:9000', { isLocal: true }), 'http://localhost:9000')
  t.equal(reached('localhost.localdomain', { isKnown: () => true }), undefined)
})
