import t from 'tap'
import {
  isSecretField,
  MASK,
  withoutSecretHeaders,
  withoutSecrets,
  withoutUrlPassword,
} from '../../src/protocol/secrets.ts'

t.test('I5: masks secrets wherever they are, and leaves flags', async (t) => {
  const value = {
    local_api_key: 'abc',
    temperature_lock_pin_hash: 'f00',
    wifi: { password: 'x', ssid: 'home' },
    list: [{ pairing_token: 1 }],
    has_password: true,
    empty_secret: '',
    passphrase_url: 'http://192.168.1.5:8000/nest/passphrase',
    spin: 3,
    postal_code: '1234',
    object_key: 'shared.X',
  }
  const masked = {
    ...value,
    local_api_key: MASK,
    temperature_lock_pin_hash: MASK,
    wifi: { password: MASK, ssid: 'home' },
    list: [{ pairing_token: MASK }],
  }
  t.same(withoutSecrets(value), masked)
  t.match(withoutSecrets(value, '(hidden)'), { local_api_key: '(hidden)' })
  t.same(withoutSecrets(masked), masked, 'masked twice is masked once')
  t.ok(isSecretField('pin', '1234'))
  t.notOk(isSecretField('spin', 3))
})

t.test('I5: masks the headers that let somebody in', async (t) => {
  const headers = { Authorization: 'Basic x', 'x-api-key': 'nle_x', cookie: 'a=b', accept: '*/*' }
  t.same(withoutSecretHeaders(headers), {
    Authorization: MASK,
    'x-api-key': MASK,
    cookie: MASK,
    accept: '*/*',
  })
})

t.test('I5: masks the password in an address', async (t) => {
  const table: Readonly<Record<string, string>> = {
    'https://me:pass@host/x': `https://me:${MASK}@host/x`,
    'mqtt://me:p@ss@broker:1883': `mqtt://me:${MASK}@broker:1883`,
    'mqtt://:pass@broker': `mqtt://:${MASK}@broker`,
    'mqtt://token@broker': `mqtt://${MASK}@broker`,
    'me:pass@broker': `me:${MASK}@broker`,
    'mqtt://broker:1883': 'mqtt://broker:1883',
    'https://host/a:b@c': 'https://host/a:b@c',
    'me@example.org': 'me@example.org',
    '/data/x@y:z': '/data/x@y:z',
    '': '',
  }
  for (const [text, shown] of Object.entries(table)) t.equal(withoutUrlPassword(text), shown, text)
})
