import t from 'tap'
import { lanAddress } from '../../../src/server/lan/lan-address.ts'
import { findOrigin, originFor, toldOrigin } from '../../../src/server/lan/origin.ts'

const LAN = { address: '192.168.1.5', interfaceName: 'eth0' }
const AT = { port: 8000, scheme: 'http' } as const

t.test(
  'E4: the origin is what is configured, else an address that thermostats reach',
  async (t) => {
    const table: readonly (readonly [serverHost: string, url: string, source: string])[] = [
      ['0.0.0.0', 'http://192.168.1.5:8000', 'network'],
      ['::', 'http://192.168.1.5:8000', 'network'],
      ['10.0.0.7', 'http://10.0.0.7:8000', 'bound'],
      ['127.0.0.1', 'http://127.0.0.1:8000', 'loopback'],
      ['::1', 'http://127.0.0.1:8000', 'loopback'],
      ['localhost', 'http://127.0.0.1:8000', 'loopback'],
      ['127.example.org', 'http://192.168.1.5:8000', 'network'],
    ]
    for (const [serverHost, url, source] of table) {
      t.match(
        findOrigin({ apiOrigin: undefined, serverHost }, AT, LAN),
        { url, source },
        serverHost,
      )
    }
    const apiOrigin = 'http://nle.example.org:80'
    t.match(findOrigin({ apiOrigin, serverHost: '0.0.0.0' }, AT, LAN), { url: apiOrigin })
    const alone = findOrigin({ apiOrigin: undefined, serverHost: '0.0.0.0' }, AT, undefined)
    t.equal(alone.source, 'loopback', 'without a network')
  },
)

t.test('E4: a thermostat is told the address it reached', async (t) => {
  const origin = { url: 'http://192.168.1.5:8000', source: 'network' } as const
  t.equal(originFor(origin, 8000, '::ffff:192.168.2.5'), 'http://192.168.2.5:8000')
  for (const address of ['127.0.0.1', '::1', 'fe80::1', undefined]) {
    t.equal(originFor(origin, 8000, address), origin.url, String(address))
  }
  const configured = { ...origin, source: 'configured' } as const
  t.equal(originFor(configured, 8000, '192.168.2.5'), origin.url)
})

t.test(
  'E4: a configured origin is told whatever was reached; a proxy here is no local caller',
  async (t) => {
    const origin = { url: 'http://192.168.1.5:8000', source: 'network' } as const
    const call = {
      host: '127.0.0.1:9000',
      localAddress: '127.0.0.1',
      remoteAddress: '::ffff:127.0.0.1',
      isForwarded: false,
    }
    const told = (changes: Partial<typeof call>, of: Parameters<typeof toldOrigin>[0] = origin) =>
      toldOrigin(of, 8000, { ...call, ...changes }, (host) => host !== 'evil.example')
    t.strictSame(told({}), { url: 'http://127.0.0.1:9000' }, 'a forward on this machine')
    t.strictSame(told({ isForwarded: true }), { url: origin.url })
    t.strictSame(told({ remoteAddress: '192.168.1.7' }), { url: origin.url })
    t.strictSame(told({ host: '10.0.0.9:9000' }), { url: 'http://10.0.0.9:9000' })
    t.strictSame(told({ host: 'evil.example', localAddress: '192.168.2.5' }), {
      url: 'http://192.168.2.5:8000',
      unknownName: 'evil.example',
    })
    const configured = { ...origin, source: 'configured' } as const
    t.strictSame(told({ host: '10.0.0.9:9000' }, configured), { url: origin.url })
    t.strictSame(told({ host: 'evil.example' }, configured), {
      url: origin.url,
      unknownName: 'evil.example',
    })
  },
)

t.test('a private address of a real interface comes first', async (t) => {
  const at = (address: string, internal = false) => [
    { address, internal, family: 'IPv4' as const, netmask: '', mac: '', cidr: null },
  ]
  const interfaces = {
    lo: at('127.0.0.1', true),
    docker0: at('172.17.0.1'),
    usb0: at('169.254.3.4'),
    ppp0: at('203.0.113.9'),
    wlan0: at('192.168.1.5'),
  }
  const order: (string | undefined)[] = []
  const left: Parameters<typeof lanAddress>[0] = { ...interfaces }
  for (let best = lanAddress(left); best !== undefined; best = lanAddress(left)) {
    order.push(best.interfaceName)
    delete left[best.interfaceName]
  }
  t.strictSame(order, ['wlan0', 'ppp0', 'usb0', 'docker0'])
})
