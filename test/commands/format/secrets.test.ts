import t from 'tap'
import { hasMask, MASK, masked } from '../../../src/commands/format/secrets.ts'

t.test('hides secrets at any depth, but not flags (I5)', async (t) => {
  const value = {
    local_api_key: 'abc',
    temperature_lock_pin_hash: 'f00',
    wifi: { password: 'x', ssid: 'home' },
    list: [{ pairing_token: 1 }],
    has_password: true,
    empty_secret: '',
    spin: 3,
    postal_code: '1234',
  }
  t.same(masked(value), {
    ...value,
    local_api_key: MASK,
    temperature_lock_pin_hash: MASK,
    wifi: { password: MASK, ssid: 'home' },
    list: [{ pairing_token: MASK }],
  })
  t.ok(hasMask(masked(value)))
  t.notOk(hasMask(value))
})
