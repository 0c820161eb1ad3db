import t from 'tap'
import {
  isLoopbackIpv4,
  isPrivateIpv4,
  parseIpv4,
  parseSubnet,
  subnetOf,
} from '../../../src/protocol/lan/ipv4.ts'
import {
  readSettingsPage,
  sameOrigin,
  settingsBody,
} from '../../../src/protocol/lan/settings-page.ts'

t.test('only the plain notation of an address counts', async (t) => {
  t.strictSame(parseIpv4('192.168.1.5'), [192, 168, 1, 5])
  const others = ['192.168.1', '192.168.1.256', '0300.168.1.5', '0xc0.168.1.5', '3232235781', '']
  for (const text of [
    ...others,
    '192.168.1.5 ',
    '::ffff:192.168.1.5',
    '1e1.0.0.1',
    '192.168.1.05',
  ]) {
    t.equal(parseIpv4(text), undefined, text)
  }
})

t.test('private addresses are those of RFC 1918', async (t) => {
  for (const ip of ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.1', '192.168.0.1']) {
    t.ok(isPrivateIpv4(ip), ip)
  }
  const others = ['172.15.0.1', '172.32.0.1', '192.169.0.1', '8.8.8.8', '127.0.0.1', '169.254.1.1']
  for (const ip of [
    ...others,
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    'nest.local',
    '010.0.0.1',
  ]) {
    t.notOk(isPrivateIpv4(ip), ip)
  }
  t.ok(isLoopbackIpv4('127.9.9.9'))
  t.notOk(isLoopbackIpv4('128.0.0.1'))
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

t.test('a settings page is told from other pages', async (t) => {
  const origin = 'http://192.168.1.5:8000'
  const read = (page: unknown) => readSettingsPage('192.168.1.20', page, origin)
  t.strictSame(read({ device_name: 'Hall', cloudregisterurl: `${origin}/entry` }), {
    ip: '192.168.1.20',
    device_name: 'Hall',
    cloudregisterurl: `${origin}/entry`,
    configured: true,
  })
  t.match(read({ cloudregisterurl: 'http://192.168.1.6:8000' }), { configured: false })
  for (const page of [undefined, 'text', [], {}, { name: 'printer' }])
    t.equal(read(page), undefined)
})

t.test('servers are compared without their paths, and with their ports', async (t) => {
  t.ok(sameOrigin('http://A:80/entry', 'http://a'))
  t.ok(sameOrigin('https://a:443', 'https://a/x'))
  t.notOk(sameOrigin('http://a:8000', 'http://a'))
  t.notOk(sameOrigin('http://a', 'https://a'))
  t.notOk(sameOrigin('', 'http://a'))
})

t.test('a key goes along as typed, a serial in capitals', async (t) => {
  t.strictSame(settingsBody('http://a:1', undefined), { endpoint: 'http://a:1' })
  t.match(settingsBody('http://a:1', ' 02aa01ac12345678 '), { api_key: '02AA01AC12345678' })
  t.match(settingsBody('http://a:1', 'seCret'), { api_key: 'seCret' })
})
