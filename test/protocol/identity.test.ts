import fc from 'fast-check'
import t from 'tap'
import {
  basicCredentials,
  identify,
  isUserId,
  serialOfUserId,
  toSerial,
} from '../../src/protocol/identity.ts'
import { fixture } from './make.ts'

const seed = fixture('pairing')
const basic = (userId: string, password = 'secret') => `Basic ${btoa(`${userId}:${password}`)}`

t.test('I1: every place that may name the serial, in their order', async (t) => {
  const all = {
    authorization: basic('d.01AAAAAAAAAAAAA1.X'),
    'x-nl-client-id': 'd.01AAAAAAAAAAAAA2.X',
    'x-nl-device-id': '01AAAAAAAAAAAAA3',
    'x-nl-device-serial': '01AAAAAAAAAAAAA4',
  }
  const left: Record<string, string> = { ...all }
  const querySerial = '01AAAAAAAAAAAAA5'
  Object.keys(all).forEach((header, i) => {
    t.equal(identify({ headers: left, querySerial }), `01AAAAAAAAAAAAA${i + 1}`, header)
    delete left[header]
  })
  t.equal(identify({ headers: left, querySerial }), '01AAAAAAAAAAAAA5', 'query')
  t.equal(identify({ headers: {} }), undefined, 'I6: none')
})

t.test('I1: a place without a valid serial is passed over', async (t) => {
  const headers = {
    authorization: basic('somebody'),
    'x-nl-client-id': 'd.18B430AABBCC.X',
    'x-nl-device-id': ['09AA01AB12345678', 'second'],
  }
  t.equal(identify({ headers }), seed.serial)
})

t.test('I1, I2: the requests of the seeds', async (t) => {
  const cases = [
    { authorization: basic(seed.basicUserId) },
    { 'x-nl-client-id': seed.headers.clientId },
    { 'x-nl-device-id': seed.headers.deviceId },
  ]
  for (const headers of cases)
    t.equal(identify({ headers }), seed.serial, Object.keys(headers).join())
})

t.test('I2: the serial inside a user id', async (t) => {
  const cases: [string, string | undefined][] = [
    ['d.09AA01AB12345678.BC7C9039', '09AA01AB12345678'],
    ['nest.09AA01AB12345678', '09AA01AB12345678'],
    ['09AA01AB12345678', '09AA01AB12345678'],
    ['d.09aa01ab12345678.bc7c9039', '09AA01AB12345678'],
    ['d.09AA01AB12345678.a.b', '09AA01AB12345678'],
    ['d..BC7C9039', undefined],
    ['', undefined],
  ]
  for (const [userId, serial] of cases) t.equal(serialOfUserId(userId), serial, userId)
})

t.test('I3: what is a serial', async (t) => {
  const cases: [string | undefined, string | undefined][] = [
    ['09aa01ab12345678', '09AA01AB12345678'],
    ['A123456789', 'A123456789'],
    ['A12345678', undefined],
    ['A'.repeat(32), 'A'.repeat(32)],
    ['A'.repeat(33), undefined],
    ['09AA-1AB12345678', undefined],
    ['18B430AABBCC', undefined],
    ['18b430aabbcc', undefined],
    ['18B430AABBCG', '18B430AABBCG'],
    [undefined, undefined],
  ]
  for (const [text, serial] of cases) t.equal(toSerial(text), serial, String(text))
})

t.test('I4, I5: the password is read, never needed', async (t) => {
  t.strictSame(basicCredentials(basic('d.X.Y', 'pass:word')), {
    userId: 'd.X.Y',
    password: 'pass:word',
  })
  t.strictSame(basicCredentials(`basic ${btoa('alone')}`), { userId: 'alone', password: '' })
  for (const header of [undefined, '', 'Bearer abc', 'Basic', 'Basic !!!', 'Basic a']) {
    t.equal(basicCredentials(header), undefined, String(header))
  }
})

t.test('I1: any serial comes back from any form', async () => {
  const serial = fc
    .stringMatching(/^[A-Z0-9]{10,32}$/)
    .filter((text) => !/^[0-9A-F]{12}$/.test(text))
  fc.assert(
    fc.property(serial, fc.stringMatching(/^[A-Z0-9]{0,8}$/), fc.string(), (text, suffix, pass) => {
      const authorization = `Basic ${Buffer.from(`d.${text.toLowerCase()}.${suffix}:${pass}`).toString('base64')}`
      return identify({ headers: { authorization } }) === text
    }),
  )
})

t.test('P10: a user id is any text of 1 to 64 characters without control characters', async (t) => {
  const good = ['homeassistant', 'a@b.c', 'Anna M\u00fcller', '\u5bb6', 'a.b.c', ' leading', ' ']
  for (const text of [...good, 'x'.repeat(64), '\u{1f3e0}'.repeat(64)]) t.ok(isUserId(text), text)
  const bad = ['', 'x'.repeat(65), 'a\n', '\0', '\x7f', 'a\x9b', '\ud83c', '\udfe0x']
  for (const text of bad) t.notOk(isUserId(text), JSON.stringify(text))
})
