import t from 'tap'
import { newIdentity } from '../../../src/protocol/matter/bridge-identity.ts'
import {
  afterEnd,
  NO_FAILURES,
  restartDelayMs,
} from '../../../src/protocol/matter/restart-delay.ts'
import { fanAttributes, hotWaterIsOn, nextEndMs } from '../../../src/protocol/matter/switches.ts'
import { fabricName } from '../../../src/protocol/matter/vendors.ts'
import { NOW_MS, NOW_S, status } from './statuses.ts'

t.test('a process that keeps ending is started less and less often', async (t) => {
  let failures = NO_FAILURES
  const delays = Array.from({ length: 12 }, () => {
    failures = afterEnd(failures, 500)
    return restartDelayMs(failures)
  })
  t.strictSame(delays.slice(0, 5), [1_000, 2_000, 4_000, 8_000, 16_000])
  t.equal(delays.at(-1), 300_000)
  // One that ran for a while was well.
  failures = afterEnd(failures, 60_000)
  t.equal(restartDelayMs(failures), 1_000)
})

t.test('codes are random, and never one that anybody would try', async (t) => {
  const drawn = [12345677, 11111110, 5, 4095]
  t.strictSame(
    newIdentity(() => drawn.shift() ?? 0),
    { passcode: 6, discriminator: 4095 },
  )
  const asked: number[] = []
  newIdentity((max) => asked.push(max))
  t.strictSame(asked, [99_999_998, 4096])
})

t.test('controllers have the names that people know', async (t) => {
  t.equal(fabricName(0x1349, ''), 'Apple Home')
  t.equal(fabricName(0x6006, 'Home'), 'Google Home (Home)')
  t.equal(fabricName(0xabc, ' '), 'vendor 0x0abc')
})

t.test('the fan is on while its timer runs', async (t) => {
  t.match(fanAttributes(status()), { fanMode: 0, percentSetting: 0 })
  t.match(fanAttributes(status({ fan_timer_active: true })), { fanMode: 3, percentSetting: 100 })
})

t.test('the hot water is on by its schedule, by its mode or by a boost', async (t) => {
  const tank = { active: false, mode: 'schedule', boost_until: 0 }
  const isOn = (more: Partial<typeof tank>) =>
    hotWaterIsOn(status({ hot_water: { ...tank, ...more } }), NOW_MS)
  t.equal(isOn({}), false)
  t.equal(isOn({ active: true }), true)
  t.equal(isOn({ mode: 'on' }), true)
  t.equal(isOn({ boost_until: NOW_S + 1 }), true)
  t.equal(isOn({ boost_until: NOW_S }), false)
  t.equal(hotWaterIsOn(status(), NOW_MS), false)
})

t.test('a timer ends although the thermostat says nothing', async (t) => {
  t.equal(nextEndMs(status(), NOW_MS), undefined)
  const boosted = { active: true, mode: null, boost_until: NOW_S + 60 }
  const both = status({ fan_timer_timeout: NOW_S + 90, hot_water: boosted })
  t.equal(nextEndMs(both, NOW_MS), NOW_MS + 60_000)
  t.equal(nextEndMs(both, NOW_MS + 60_000), NOW_MS + 90_000)
})
