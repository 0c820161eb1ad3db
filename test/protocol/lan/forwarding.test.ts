import t from 'tap'
import { addressRange, forwardedAddress, isInRanges } from '../../../src/protocol/lan/forwarding.ts'

const PROXY = '172.18.0.2'
const TRUSTED = [addressRange('172.18.0.0/16'), addressRange('fd00::2')]

t.test('a trusted proxy is an address or a subnet', async (t) => {
  const inside: [string, readonly string[], readonly string[]][] = [
    ['172.18.0.2', ['172.18.0.2', '::ffff:172.18.0.2'], ['172.18.0.3', '::1', 'local', '']],
    ['172.18.0.0/16', ['172.18.0.0', '172.18.255.255'], ['172.19.0.0', '172.17.255.255']],
    ['172.18.7.9/16', ['172.18.0.1'], ['172.19.0.1']],
    ['10.0.0.0/31', ['10.0.0.0', '10.0.0.1'], ['10.0.0.2']],
    ['fd00::/8', ['fd12::1'], ['fe80::1', '253.0.0.1']],
    ['2001:db8::/127', ['2001:db8::1'], ['2001:db8::2']],
    ['::1', ['::1'], ['127.0.0.1']],
  ]
  for (const [text, members, others] of inside) {
    const ranges = [addressRange(text)]
    for (const each of members) t.ok(isInRanges(each, ranges), `${each} in ${text}`)
    for (const each of others) t.notOk(isInRanges(each, ranges), `${each} not in ${text}`)
  }
})

t.test('what is no proxy is refused with what to write', async (t) => {
  const wrong = ['traefik', '172.18.0', '172.18.0.0/33', '172.18.0.0/', '10.0.0.0/8/8', 'fd00::/x']
  for (const text of wrong) {
    t.throws(
      () => addressRange(text),
      { code: 'invalid', message: /no IP address or subnet/ },
      text,
    )
  }
  for (const text of ['0.0.0.0/0', '::/0', '0.0.0.0']) {
    t.throws(() => addressRange(text), { code: 'invalid', message: /trust everybody/ }, text)
  }
})

t.test('the caller is the last hop that is no trusted proxy (P12)', async (t) => {
  const rows: [string, Parameters<typeof forwardedAddress>[1], string][] = [
    ['one hop', { 'x-forwarded-for': '192.168.1.7' }, '192.168.1.7'],
    ['what the caller made up', { 'x-forwarded-for': '127.0.0.1, 192.168.1.7' }, '192.168.1.7'],
    ['two proxies', { 'x-forwarded-for': '9.9.9.9, 192.168.1.7,172.18.0.9' }, '192.168.1.7'],
    ['proxies alone', { 'x-forwarded-for': '172.18.0.7, 172.18.0.9' }, '172.18.0.7'],
    ['a port', { 'x-forwarded-for': '192.168.1.7:4711' }, '192.168.1.7'],
    ['IPv6', { 'x-forwarded-for': '2001:DB8::7' }, '2001:db8::7'],
    ['IPv6 with a port', { 'x-forwarded-for': '[2001:db8::7]:4711' }, '2001:db8::7'],
    ['IPv4 in IPv6', { 'x-forwarded-for': '::ffff:192.168.1.7' }, '192.168.1.7'],
    ['no address', { 'x-forwarded-for': '192.168.1.7, unknown' }, PROXY],
    ['empty', { 'x-forwarded-for': '' }, PROXY],
    ['no header', {}, PROXY],
    ['Forwarded', { forwarded: 'for=192.168.1.7;proto=https' }, '192.168.1.7'],
    [
      'Forwarded, quoted',
      { forwarded: 'for=9.9.9.9, proto=https; For="[2001:db8::7]:47"' },
      '2001:db8::7',
    ],
    ['Forwarded, hidden', { forwarded: 'for=192.168.1.7, for=_secret' }, PROXY],
    ['Forwarded without for', { forwarded: 'for=192.168.1.7, proto=https' }, PROXY],
    [
      'both agree',
      { forwarded: 'for=192.168.1.7', 'x-forwarded-for': '192.168.1.7' },
      '192.168.1.7',
    ],
    ['one is forged', { forwarded: 'for=127.0.0.1', 'x-forwarded-for': '192.168.1.7' }, PROXY],
  ]
  for (const [name, headers, caller] of rows) {
    t.equal(forwardedAddress(PROXY, headers, TRUSTED), caller, name)
  }
})
