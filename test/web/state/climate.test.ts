import t from 'tap'
import type { Status } from '../../../src/api/shapes.ts'
import {
  doingLine,
  factsOf,
  measuredText,
  nextText,
  percentText,
  reachText,
  splitNumber,
  targetText,
  warningsOf,
} from '../../../src/web/state/climate-words.ts'
import { homeAwayOf, isWhole } from '../../../src/web/state/home-away.ts'
import { byName } from '../../../src/web/state/order.ts'
import {
  climateOf,
  isSettable,
  modesOf,
  modeToTurnOn,
} from '../../../src/web/state/shown-climate.ts'
import { NOW_MS, NOW_S } from '../../protocol/make.ts'
import { makeStatus, off } from '../make-status.ts'

t.test('a dial shows the target of the mode, in the unit of the thermostat', async (t) => {
  t.match(climateOf(makeStatus()), { rule: 'heat', target: { target: 20.5 }, scale: 'C' })
  const range = { mode: 'range', target_temperature_low: 19, target_temperature_high: 25 } as const
  t.match(climateOf(makeStatus(range)), { rule: 'range', target: { low: 19, high: 25 } })
  t.match(climateOf(makeStatus({ temperature_scale: 'F' })), { target: { target: 69 } })
})

t.test('in eco the eco temperature counts, and cannot be set at the dial', async (t) => {
  const eco = climateOf(makeStatus({ eco_mode: 'manual-eco', eco_target: 16 }))
  t.match(eco, { rule: 'eco', target: { target: 16 } })
  t.notOk(isSettable(eco))
  const both = { away: true, mode: 'range', eco_target: { high: 26, low: null } } as const
  t.same(climateOf(makeStatus(both)).target, { high: 26 }, 'without a bound that is off')
  t.ok(isSettable(climateOf(makeStatus())))
})

t.test('off and not known there is no target', async (t) => {
  for (const over of [{ mode: 'off' }, { mode: null }, { has_uploaded: false }] as const) {
    const climate = climateOf(makeStatus(over))
    t.same(climate.target, {})
    t.notOk(isSettable(climate))
  }
  t.equal(climateOf(makeStatus({ mode: 'off', away: true })).rule, 'off', 'off counts before eco')
})

t.test('it says what runs, and how long it takes', async (t) => {
  const line = (over: Partial<Status>) => {
    const status = makeStatus(over)
    return doingLine(status, climateOf(status), NOW_MS)
  }
  t.equal(line({}), 'Idle')
  t.equal(line({ hvac: off('heater'), time_to_target: 1500 }), 'Heating · 25 min')
  t.equal(line({ hvac: off('heater'), time_to_target: NOW_S + 5400 }), 'Heating · 1 h 30 min')
  t.equal(line({ hvac: off('heater', 'heat_x2') }), 'Heating, stage 2')
  t.equal(line({ hvac: off('heater', 'aux_heat') }), 'Auxiliary heat')
  t.equal(line({ hvac: off('ac', 'fan') }), 'Cooling')
  t.equal(line({ hvac: off('fan') }), 'Fan runs')
  t.equal(line({ mode: 'off' }), 'Nothing runs')
})

t.test('a silent thermostat is not said to heat now', async (t) => {
  const status = makeStatus({ is_available: false, hvac: off('heater'), time_to_target: 600 })
  const climate = climateOf(status)
  t.equal(climate.doing, 'unknown')
  t.equal(doingLine(status, climate, NOW_MS), 'Silent')
  t.equal(measuredText(climate), 'last 19.4 °C')
  t.match(reachText(status, NOW_MS), /^Not heard from since \d\d:\d\d/)
  t.equal(reachText({ ...status, last_seen: null }, NOW_MS), 'Never heard from')
})

t.test('the facts are those that the thermostat has', async (t) => {
  const facts = (over: Partial<Status>) => factsOf(makeStatus({ humidity: 42, ...over }), NOW_MS)
  t.same(facts({}), ['Humidity 42%', 'Fan auto'])
  t.equal(facts({ humidity: 0 }).length, 1, 'an unknown humidity is 0')
  t.match(facts({ fan_timer_timeout: NOW_S + 900 })[1], /^Fan until \d\d:\d\d/)
  const water = { active: true, mode: 'schedule', boost_until: 0 }
  t.ok(facts({ hot_water: water }).includes('Hot water on'))
  const boosted = facts({ hot_water: { ...water, boost_until: NOW_S + 60 } })
  t.ok(boosted.some((fact) => fact.startsWith('Hot water boost until')))
  t.ok(facts({ has_leaf: true, outdoor_temperature: 8.5 }).includes('8.5 °C outside'))
})

t.test('people are told what needs them', async (t) => {
  t.same(warningsOf(makeStatus()), [])
  t.match(warningsOf(makeStatus({ battery_voltage: 3.64 })), [/^Battery low: 3\.64 V/])
  t.equal(warningsOf(makeStatus({ battery_voltage: 3.9, has_uploaded: false })).length, 1)
  t.match(warningsOf(makeStatus({ time_zone_warning: 'x' })), [/^Time zone: x/])
})

t.test('what comes next is said with the time, and the day when it is not today', async (t) => {
  const next = (at: string, more: object) =>
    nextText(makeStatus({ next_setpoint: { at, ...more } }), NOW_MS)
  const soon = new Date(NOW_MS + 60_000).toISOString()
  t.match(next(soon, { temperature: 17 }), /^Then 17 °C from \d\d:\d\d( [AP]M)?$/)
  t.match(next(soon, { low: 17, high: 24 }), /^Then 17 °C – 24 °C from /)
  t.equal(nextText(makeStatus({ next_setpoint: null }), NOW_MS), undefined)
})

t.test('numbers are written as the locale writes them', async (t) => {
  t.same(splitNumber(21.5, 'de'), ['21', ',5'])
  t.same(splitNumber(21, 'en'), ['21', ''])
  t.equal(targetText({ low: 19.5, high: 25 }, 'C', 'de'), '19,5–25 °C')
  t.equal(targetText({}, 'C'), undefined)
  t.equal(percentText(42, 'en'), '42%')
})

t.test('the modes are those that it is wired for', async (t) => {
  const able = makeStatus().capabilities
  t.same(modesOf(makeStatus()), ['heat', 'cool', 'range', 'off'])
  const boiler = { ...able, can_cool: false }
  t.same(modesOf(makeStatus({ capabilities: boiler })), ['heat', 'off'])
  t.ok(
    modesOf(makeStatus({ capabilities: { ...able, has_emer_heat: true } })).includes('emergency'),
  )
  t.equal(modeToTurnOn(makeStatus({ schedule_mode: 'RANGE' })), 'range')
  t.equal(modeToTurnOn(makeStatus({ schedule_mode: 'RANGE', can_cool: false })), 'heat')
  t.equal(modeToTurnOn(makeStatus({ schedule_mode: 'HEAT', can_heat: false })), 'cool')
})

t.test('cards are in the order of their names, and stay there', async (t) => {
  const named = ['Room 10', 'attic', 'Room 2', 'Attic'].map((name, i) =>
    makeStatus({ name, serial: `02AA01AC0000000${i}` }),
  )
  t.same(
    byName(named, 'en').map(({ name, serial }) => name + serial.at(-1)),
    ['attic1', 'Attic3', 'Room 22', 'Room 100'],
  )
})

t.test('the home is away when every paired thermostat is', async (t) => {
  const [paired, away] = [makeStatus({ owner: 'a' }), makeStatus({ owner: 'a', away: true })]
  const stranger = makeStatus({ owner: null })
  t.ok(isWhole(homeAwayOf([away, stranger]), true))
  t.ok(isWhole(homeAwayOf([paired, stranger]), false))
  const some = homeAwayOf([paired, away])
  t.notOk(isWhole(some, true) || isWhole(some, false))
  t.notOk(isWhole(homeAwayOf([stranger]), false), 'nobody lives there')
})
