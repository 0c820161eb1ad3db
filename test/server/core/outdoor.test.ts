import t from 'tap'
import { Outdoor } from '../../../src/server/core/outdoor.ts'
import { bucket, DEVICE, SERIAL, state } from '../../protocol/make.ts'

const HOUR_MS = 3_600_000
const KEY = 'query=00000%2CUS'
const report = (atMs: number) => ({ body: '', fetchedAtSteadyMs: atMs })
const at = (celsius: number) => ({ current: { temp_c: celsius } })
const anywhere = state()

t.test('a thermostat has the weather that it asked for', async (t) => {
  const outdoor = new Outdoor()
  t.equal(outdoor.note(KEY, report(0), at(5)), true)
  t.equal(outdoor.of(anywhere, 0), undefined, 'nobody asked yet')
  t.equal(outdoor.asked(SERIAL, KEY), true)
  t.strictSame(outdoor.of(anywhere, HOUR_MS), { celsius: 5, staleInMs: 2 * HOUR_MS })
  t.equal(outdoor.asked(SERIAL, KEY), false)
  t.equal(outdoor.note(KEY, report(HOUR_MS), at(5)), false, 'no news')
  t.equal(outdoor.note(KEY, report(2 * HOUR_MS), at(6)), true)
})

t.test('weather that is three hours old is not shown', async (t) => {
  const outdoor = new Outdoor()
  outdoor.note(KEY, report(0), at(5))
  outdoor.asked(SERIAL, KEY)
  t.ok(outdoor.of(anywhere, 3 * HOUR_MS - 1))
  t.equal(outdoor.of(anywhere, 3 * HOUR_MS), undefined)
  outdoor.note(KEY, report(0), at(5))
  t.equal(outdoor.of(anywhere, 3 * HOUR_MS), undefined, 'a stale answer served again is no newer')
})

t.test('an answer without a temperature leaves the last one', async (t) => {
  const outdoor = new Outdoor()
  outdoor.note(KEY, report(0), at(5))
  outdoor.asked(SERIAL, KEY)
  t.equal(outdoor.note(KEY, report(HOUR_MS), { error: 'later' }), false)
  t.match(outdoor.of(anywhere, HOUR_MS), { celsius: 5 })
})

t.test('a thermostat that does not say who asks has the weather of its postal code', async (t) => {
  const outdoor = new Outdoor()
  outdoor.note(KEY, report(0), at(5))
  const there = state({}, bucket(DEVICE, { postal_code: '00000', country_code: 'US' }))
  const elsewhere = state({}, bucket(DEVICE, { postal_code: '00001', country_code: 'US' }))
  t.match(outdoor.of(there, 0), { celsius: 5 })
  t.equal(outdoor.of(elsewhere, 0), undefined)
})

t.test('places and thermostats that are remembered are bounded', async (t) => {
  const outdoor = new Outdoor()
  outdoor.note(KEY, report(0), at(5))
  outdoor.asked(SERIAL, KEY)
  for (let n = 0; n < 64; n++) outdoor.note(`query=1${n}`, report(0), at(n / 10))
  t.equal(outdoor.of(anywhere, 0), undefined, 'the oldest place is evicted')
  outdoor.note(KEY, report(0), at(5))
  for (let n = 0; n < 1024; n++) outdoor.asked(`02AA01AC9999${n}`, KEY)
  t.equal(outdoor.of(anywhere, 0), undefined, 'the oldest thermostat is evicted')
})
