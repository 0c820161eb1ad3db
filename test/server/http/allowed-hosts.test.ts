import t from 'tap'
import { hostIn, isLoopbackHost } from '../../../src/protocol/lan/addresses.ts'
import { hostCheck } from '../../../src/server/http/allowed-hosts.ts'

t.test('a host name that a stranger could own is not ours', async (t) => {
  const isOurs = hostCheck(['nle.example.org', 'https://panel.example:8443'], 'Attic.example.net')
  for (const host of [
    undefined,
    '192.168.1.5',
    '192.168.1.5:8082',
    '[fd00::1]:8082',
    'localhost:8082',
    'nle',
    'homeassistant.local:8082',
    'Attic.Example.net:8082',
    'pi.home.arpa.',
    'nle.example.org:80',
    'panel.example',
  ]) {
    t.ok(isOurs(host), host ?? 'none, which no browser leaves out')
  }
  for (const host of [
    'evil.example',
    'evil.example:8082',
    'nle.example.org.evil.example',
    'xnle.example.org',
    '192.168.1.5.evil.example',
    'local.evil.example',
    'attic.evil.example',
    'evil.example/.local',
    'user@nle.example.org',
    '',
    '.local',
    '1.2.3.4.5',
    '[evil.example]',
  ]) {
    t.notOk(isOurs(host), host)
  }
  const namesLoopback = (host: string) => isLoopbackHost(hostIn(host))
  t.ok(namesLoopback('127.0.0.2:80') && namesLoopback('LOCALHOST') && namesLoopback('[::1]:8082'))
  t.notOk(namesLoopback('evil.local') || namesLoopback('192.168.1.5'))
})

t.test('each host is judged by itself, whichever came before it', async (t) => {
  const isOurs = hostCheck([], 'attic')
  for (const host of ['nle', 'evil.example', 'evil.example', 'nle', undefined, 'evil.example']) {
    t.equal(isOurs(host), host !== 'evil.example', String(host))
  }
})
