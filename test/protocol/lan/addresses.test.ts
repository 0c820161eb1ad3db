import t from 'tap'
import {
  type AddressKind,
  hostIn,
  isHomeName,
  isHostName,
  isLoopbackHost,
  isUnspecified,
  LOCAL_CALLER,
  limitKey,
  networkOf,
  parseIp,
  parseSubnet,
  plainAddress,
  subnetOf,
} from '../../../src/protocol/lan/addresses.ts'

t.test('tells the kind of an address', async (t) => {
  const table: readonly (readonly [string, AddressKind, 4 | 6, string?])[] = [
    ['0.0.0.0', 'unspecified', 4],
    ['127.0.0.1', 'loopback', 4],
    ['127.9.9.9', 'loopback', 4],
    ['128.0.0.1', 'global', 4],
    ['10.0.0.1', 'private', 4],
    ['10.255.255.255', 'private', 4],
    ['172.15.0.1', 'global', 4],
    ['172.16.0.1', 'private', 4],
    ['172.31.255.1', 'private', 4],
    ['172.32.0.1', 'global', 4],
    ['192.168.0.1', 'private', 4],
    ['192.169.0.1', 'global', 4],
    ['169.254.1.1', 'link-local', 4],
    ['100.64.0.1', 'global', 4],
    ['8.8.8.8', 'global', 4],
    ['255.255.255.255', 'global', 4],
    ['::', 'unspecified', 6],
    ['::1', 'loopback', 6],
    ['[::1]', 'loopback', 6, '::1'],
    ['0:0:0:0:0:0:0:1', 'loopback', 6],
    ['::2', 'global', 6],
    ['1::', 'global', 6],
    ['::ffff:127.0.0.1', 'loopback', 4, '127.0.0.1'],
    ['[::ffff:7f00:1]', 'loopback', 4, '127.0.0.1'],
    ['::FFFF:192.168.1.5', 'private', 4, '192.168.1.5'],
    ['::192.168.1.5', 'global', 6],
    ['fe80::1%eth0', 'link-local', 6, 'fe80::1'],
    ['[fe80::1%25eth0]', 'link-local', 6, 'fe80::1'],
    ['febf::1', 'link-local', 6],
    ['fec0::1', 'global', 6],
    ['fd12:3456::1', 'unique-local', 6],
    ['fc00::', 'unique-local', 6],
    ['fe00::', 'global', 6],
    ['2001:DB8::1', 'global', 6, '2001:db8::1'],
    ['1:2:3:4:5:6:7:8', 'global', 6],
  ]
  for (const [text, kind, family, plain = text] of table) {
    t.match(parseIp(text), { kind, family, text: plain }, text)
  }
})

t.test('takes only notations that nobody can misread', async (t) => {
  const others = ['', 'localhost', '127.example.org', '0x7f.1', '0x7f.0.0.1', '2130706433', '127.1']
  for (const text of [
    ...others,
    '192.168.1',
    '192.168.1.256',
    '0300.168.1.5',
    '192.168.1.05',
    '192.168.1.5 ',
    '1e1.0.0.1',
    '[127.0.0.1]',
    '127.0.0.1%lo',
    '[::1',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    '::12345',
    '::g',
    '::ffff:127.1',
    '::127.0.0.1:1',
  ]) {
    t.equal(parseIp(text), undefined, text)
  }
})

t.test('knows every name and address of this machine itself', async (t) => {
  const own = ['localhost', 'localhost.', 'LOCALHOST', '127.0.0.1', '127.8.8.8', '[::1]', '::1']
  for (const host of [...own, '::ffff:127.0.0.1']) t.ok(isLoopbackHost(host), host)
  for (const host of [
    '127.example.org',
    '127.0.0.1.example.org',
    'localhost.example.org',
    '0x7f.1',
    '0.0.0.0',
    '10.0.0.1',
    '::2',
    '',
  ]) {
    t.notOk(isLoopbackHost(host), host)
  }
  for (const host of ['0.0.0.0', '::', '[::]', '0:0:0:0:0:0:0:0']) t.ok(isUnspecified(host), host)
  for (const host of ['127.0.0.1', '::1', '0.example.org']) t.notOk(isUnspecified(host), host)
})

t.test('finds the host in a Host header and in a URL', async (t) => {
  const table: Readonly<Record<string, string>> = {
    localhost: 'localhost',
    'localhost.': 'localhost',
    'LocalHost:8082': 'localhost',
    '127.0.0.1:8082': '127.0.0.1',
    '[::1]:8082': '::1',
    '[::1]': '::1',
    '::1': '::1',
    'http://nle.example.org:8000/entry': 'nle.example.org',
    'http://[FE80::1]:8000': 'fe80::1',
    ' nle.lan ': 'nle.lan',
  }
  for (const [text, host] of Object.entries(table)) t.equal(hostIn(text), host, text)
})

t.test('a home name is one that no public name server gives', async (t) => {
  for (const name of ['nle', 'nle.local', 'a.b.home.arpa', 'nle.lan', 'x.localhost']) {
    t.ok(isHomeName(name), name)
  }
  for (const name of ['nle.example.org', 'local.example.org', '127.example.org', '', 'a b', 'a..b'])
    t.notOk(isHomeName(name), name)
  t.ok(isHostName('nle.example.org'))
  t.notOk(isHostName('nle.example.org/x'))
  t.notOk(isHostName('a'.repeat(254)))
})

t.test('a network is an IPv4 address, or half an IPv6 address', async (t) => {
  t.equal(networkOf('192.168.1.5'), '192.168.1.5')
  t.equal(networkOf('::ffff:192.168.1.5'), '192.168.1.5')
  t.equal(networkOf('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64')
  t.equal(networkOf('2001:0db8:1:2::9'), networkOf('2001:db8:1:2:ffff::1'))
  t.not(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'))
})

t.test(
  'P12: neighbours have rate-limit keys of their own, a foreign network has one',
  async (t) => {
    const own = () => new Set(['2001:db8:1:2::/64'])
    const keys: Record<string, string> = {
      '192.168.1.5': '192.168.1.5',
      '::ffff:192.168.1.5': '192.168.1.5',
      '::1': '::1',
      'fe80::1%eth0': 'fe80::1',
      'fd00::1': 'fd00::1',
      '2001:db8:1:2::7': '2001:db8:1:2::7',
      '2001:db8:1:3::7': '2001:db8:1:3::/64',
      [LOCAL_CALLER]: LOCAL_CALLER,
    }
    for (const [address, key] of Object.entries(keys)) t.equal(limitKey(address, own), key, address)
  },
)

t.test('an address of a socket is written plainly', async (t) => {
  t.equal(plainAddress('::ffff:192.168.1.5'), '192.168.1.5')
  t.equal(plainAddress('fe80::1%eth0'), 'fe80::1')
  t.equal(plainAddress(undefined), LOCAL_CALLER, 'a Unix socket has none')
})

t.test('a subnet is the /24 around an address', async (t) => {
  const subnet = subnetOf('192.168.7.42')
  t.equal(subnet?.cidr, '192.168.7.0/24')
  t.equal(subnet?.hosts.length, 254)
  t.strictSame([subnet?.hosts[0], subnet?.hosts.at(-1)], ['192.168.7.1', '192.168.7.254'])
  t.equal(parseSubnet('192.168.7.0/24')?.cidr, '192.168.7.0/24')
  t.equal(parseSubnet(' 192.168.7.9 ')?.cidr, '192.168.7.0/24')
  for (const text of ['192.168.0.0/16', '192.168.7.0/33', 'fe80::1', 'nest.local', '/24']) {
    t.equal(parseSubnet(text), undefined, text)
  }
})
