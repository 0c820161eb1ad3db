import t from 'tap'
import {
  isSecretField,
  MASK,
  withoutSecretHeaders,
  withoutSecrets,
  withoutTextSecrets,
  withoutUrlSecrets,
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
    'http://host/weather?query=94304%2CUS&appid=abc&units=metric': `http://host/weather?query=94304%2CUS&appid=${MASK}&units=metric`,
    'https://me:pass@host/v1?api_key=abc': `https://me:${MASK}@host/v1?api_key=${MASK}`,
    '/status?serial=02AA01AC31140KD6&access%5Ftoken=abc': `/status?serial=02AA01AC31140KD6&access%5Ftoken=${MASK}`,
    'no weather from http://me:pass@host/ and ftp://x:y@z': `no weather from http://me:${MASK}@host/ and ftp://x:${MASK}@z`,
    '/api/changes?limit=5&serial=02AA01AC31140KD6': '/api/changes?limit=5&serial=02AA01AC31140KD6',
    'me@example.org': 'me@example.org',
    '/data/x@y:z': '/data/x@y:z',
    '': '',
  }
  for (const [text, shown] of Object.entries(table)) t.equal(withoutUrlSecrets(text), shown, text)
})

t.test('I5: masks every kind of name that a secret has', async (t) => {
  const secret = [
    'wifi_psk',
    'psk',
    'wifi_key',
    'wep_key',
    'encryption_key',
    'weave_fabric_key',
    'apiKey',
    'accessToken',
    'refresh_token',
    'pin_hash',
    'temperature_lock_pin_hash',
    'pin',
    'password',
    'wifiPassword',
    'passwd',
    'pwd',
    'passphrase',
    'passcode',
    'client_secret',
    'credentials',
    'private_key',
    'entry_code',
  ]
  const open = [
    'object_key',
    'structure_key',
    'key',
    'ssid',
    'postal_code',
    'country_code',
    'passphrase_url',
    'compass',
    'spin',
    'author',
    'serial_number',
  ]
  for (const name of secret) t.ok(isSecretField(name, 'x'), name)
  for (const name of open) t.notOk(isSecretField(name, 'x'), name)
})

t.test('I5: masks secrets in texts that are no JSON: forms, cut documents, settings', async (t) => {
  const table: Readonly<Record<string, string>> = {
    'ssid=home&wifi_psk=hunter2&x=1': `ssid=home&wifi_psk=${MASK}&x=1`,
    'wifi%5Fpsk=hunter2': `wifi%5Fpsk=${MASK}`,
    '{"ssid":"home","wifi_psk":"hun\\"ter2","x":1': `{"ssid":"home","wifi_psk":"${MASK}","x":1`,
    '{"wifi": {"password" : "hunter2': `{"wifi": {"password" : "${MASK}"`,
    '{"pin": 1234, "x": 1': `{"pin": ${MASK}, "x": 1`,
    'Authorization: Basic aHVudGVyMg==': `Authorization: ${MASK}`,
    'password: hunter2\nname: Hall': `password: ${MASK}\nname: Hall`,
    "token='hunter 2'": `token=${MASK}`,
    'object_key=shared.X&limit=5': 'object_key=shared.X&limit=5',
    'plain text, nothing else': 'plain text, nothing else',
  }
  for (const [text, shown] of Object.entries(table)) t.equal(withoutTextSecrets(text), shown, text)
})

t.test('a text made to be slow to read is read in reasonable time', async (t) => {
  for (const part of ['a', 'a=', 'a:', '"', ' ', 'x://', '?a', 'x:x', '%', '\\', 'a" ']) {
    // One that is read over and over would take minutes.
    t.ok(withoutTextSecrets(part.repeat(32_768)).length > 0, part)
  }
})
