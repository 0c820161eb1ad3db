import t from 'tap'
import { Household } from '../../src/matter/bridged-household.ts'
import { BridgedThermostat } from '../../src/matter/bridged-thermostat.ts'
import type { BridgedStatus } from '../../src/protocol/matter/bridged-status.ts'
import { HEAT_ONLY, NOW_S, status } from '../protocol/matter/statuses.ts'
import { FakeMatter, settled } from './fake-matter.ts'

t.test('a burst of a slider becomes one command, the last', async (t) => {
  const matter = new FakeMatter(status())
  await new BridgedThermostat(matter.world, status()).show(status())
  for (let n = 1; n <= 10; n++) {
    matter.part('thermostat').wrote({ heating: 2000 + n * 10 })
    matter.timers.advance(50)
  }
  t.strictSame(matter.commands, [])
  matter.timers.advance(300)
  await settled()
  t.strictSame(matter.commands, [{ command: 'set_temperature', value: 21 }])
})

t.test('what a person sees on the phone is not set back while it is on its way', async (t) => {
  const matter = new FakeMatter(status())
  const thermostat = new BridgedThermostat(matter.world, status())
  await thermostat.show(status())
  const part = matter.part('thermostat')
  part.wrote({ heating: 2300 })
  // A measurement comes with the setpoint of before.
  await thermostat.show(status({ current_temperature: 20.6 }))
  t.equal(part.shown.length, 1)
  matter.now = status({ current_temperature: 20.6, target_temperature: 23 })
  matter.timers.advance(300)
  await settled()
  t.strictSame(part.shown.at(-1), matter.now)
})

t.test('a command that is refused shows as the old value again', async (t) => {
  const matter = new FakeMatter(status())
  await new BridgedThermostat(matter.world, status()).show(status())
  const part = matter.part('thermostat')
  matter.refusal = 'mode cool: this thermostat does not support cooling'
  part.wrote({ mode: 3 })
  matter.timers.advance(300)
  await settled()
  t.match(matter.warnings, [/refused.*does not support cooling/])
  t.equal(part.shown.length, 2)
  t.equal(part.shown.at(-1)?.mode, 'heat')
  // Also what becomes no command at all.
  part.wrote({ mode: 8 })
  matter.timers.advance(300)
  await settled()
  t.strictSame(matter.commands, [])
  t.equal(part.shown.length, 3)
})

t.test('what is written while a command is sent is sent after it', async (t) => {
  const matter = new FakeMatter(status())
  await new BridgedThermostat(matter.world, status()).show(status())
  const sent = matter.holdCommands()
  matter.part('thermostat').wrote({ heating: 2200 })
  matter.timers.advance(300)
  matter.part('thermostat').wrote({ heating: 2300 })
  matter.timers.advance(900)
  await settled()
  t.equal(matter.commands.length, 1)
  sent()
  await settled()
  t.strictSame(matter.commands.at(-1), { command: 'set_temperature', value: 23 })
  t.equal(matter.commands.length, 2)
})

t.test('a fan whose time is over goes off, though the thermostat says nothing', async (t) => {
  const matter = new FakeMatter(status())
  const runs = status({ fan_timer_active: true, fan_timer_timeout: NOW_S + 60 })
  await new BridgedThermostat(matter.world, runs).show(runs)
  matter.timers.advance(60_000)
  await settled()
  t.equal(matter.part('fan').shown.at(-1)?.fan_timer_active, false)
})

t.test('parts come and go with what is wired', async (t) => {
  const matter = new FakeMatter(status())
  const first = status({ humidity: 0, capabilities: HEAT_ONLY })
  const thermostat = new BridgedThermostat(matter.world, first)
  await thermostat.show(first)
  t.strictSame(matter.kinds, ['thermostat'])
  await thermostat.show(status({ capabilities: HEAT_ONLY }))
  t.strictSame(matter.kinds, ['thermostat', 'humidity'])
  // Another thermostat to Matter, because it cools as well.
  const before = matter.part('thermostat')
  const tank = { active: false, mode: null, boost_until: 0 }
  await thermostat.show(status({ hot_water: tank }))
  t.strictSame(matter.kinds, ['humidity', 'thermostat', 'fan', 'hotWater'])
  t.not(matter.part('thermostat'), before)
  // A sensor that says nothing for a while is still there.
  await thermostat.show(status({ humidity: null }))
  t.strictSame(matter.kinds, ['humidity', 'thermostat', 'fan'])
  await thermostat.remove()
  t.strictSame(matter.kinds, [])
})

t.test(
  'an endpoint that cannot be shown is told of, and tried again with the next status',
  async (t) => {
    const matter = new FakeMatter(status())
    const thermostat = new BridgedThermostat(matter.world, status())
    matter.failure = 'no more endpoints'
    await thermostat.show(status())
    t.match(matter.warnings, [/no more endpoints/])
    matter.failure = undefined
    await thermostat.show(status())
    t.strictSame(matter.kinds, ['thermostat', 'humidity', 'fan'])
  },
)

t.test('a household has the paired thermostats, and no more than apps take', async (t) => {
  const matter = new FakeMatter(status())
  const household = new Household(matter.world)
  const one = (n: number, more: Partial<BridgedStatus> = {}) =>
    status({ serial: `02AA01AC000000${String(n).padStart(2, '0')}`, ...more })
  await household.showAll([one(1), one(2), one(3, { owner: null })])
  t.equal(household.size, 2)
  await household.show(one(3))
  await household.show(one(1, { owner: null }))
  t.equal(household.size, 2)
  await household.remove('02AA01AC00000002')
  await household.remove('02AA01AC00000077')
  t.equal(household.size, 1)
  await household.showAll(Array.from({ length: 70 }, (_, n) => one(n)))
  t.equal(household.size, 64)
  t.equal(matter.warnings.length, 1, 'said once')
  await household.showAll([])
  t.strictSame([household.size, matter.kinds], [0, []])
})
