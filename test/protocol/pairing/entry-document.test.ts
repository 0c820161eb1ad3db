import t from 'tap'
import {
  entryReply,
  explicitOrigin,
  parseEntryFacts,
} from '../../../src/protocol/pairing/entry-document.ts'

t.test('E1: the entry is one flat object with every URL', async (t) => {
  const o = 'http://192.168.1.10:8000'
  t.strictSame(entryReply(o, '1.2.3'), {
    czfe_url: `${o}/nest/transport`,
    transport_url: `${o}/nest/transport`,
    direct_transport_url: `${o}/nest/transport`,
    passphrase_url: `${o}/nest/passphrase`,
    ping_url: `${o}/nest/transport`,
    pro_info_url: `${o}/nest/pro_info`,
    weather_url: `${o}/nest/weather/v1?query=`,
    upload_url: `${o}/nest/upload`,
    software_update_url: '',
    server_version: '1.2.3',
    tier_name: 'local',
  })
})

t.test('E2: an origin always names its port', async (t) => {
  const cases = [
    ['http://nle.lan', 'http://nle.lan:80'],
    ['https://nle.lan', 'https://nle.lan:443'],
    ['http://nle.lan:80', 'http://nle.lan:80'],
    ['https://nle.lan:443/', 'https://nle.lan:443'],
    ['http://192.168.1.10:8000', 'http://192.168.1.10:8000'],
    ['http://[fd00::1]', 'http://[fd00::1]:80'],
    ['http://nle.lan:8000/base//', 'http://nle.lan:8000/base'],
  ] as const
  for (const [text, origin] of cases) t.equal(explicitOrigin(text), origin, text)
  for (const text of ['', 'nle.lan', 'ftp://nle.lan', 'nle.lan:8000']) {
    t.throws(() => explicitOrigin(text), TypeError, text)
  }
})

t.test('E3: only the useful fields of the body are kept', async (t) => {
  t.strictSame(
    parseEntryFacts(
      'reset=0&mac=18b430000001&model=Display-3.4&request_id=1&software_version=5.9.3-6&wireless_reg_domain=A2',
    ),
    { model: 'Display-3.4', macAddress: '18b430000001', softwareVersion: '5.9.3-6' },
  )
  for (const body of ['', '{"model":1}', '\u0000\u0001', '%%%=%', 'model=&mac=%07']) {
    t.strictSame(parseEntryFacts(body), {}, JSON.stringify(body))
  }
  t.strictSame(parseEntryFacts(`model=${'x'.repeat(65)}&mac=%20a%20`), { macAddress: 'a' })
})
