import t from 'tap'
import {
  readSettingsPage,
  sameOrigin,
  settingsBody,
} from '../../../src/protocol/lan/settings-page.ts'

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
