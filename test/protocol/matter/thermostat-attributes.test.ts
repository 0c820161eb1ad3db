import fc from 'fast-check'
import t from 'tap'
import {
  type BridgedStatus,
  featuresOf,
  isBridged,
} from '../../../src/protocol/matter/bridged-status.ts'
import {
  celsiusOf,
  hundredths,
  thermostatAttributes,
} from '../../../src/protocol/matter/thermostat-attributes.ts'
import { COOL_ONLY, HEAT_ONLY, status } from './statuses.ts'

const shown = (given: Partial<BridgedStatus> = {}) => {
  const one = status(given)
  return thermostatAttributes(one, featuresOf(one))
}

t.test('temperatures are hundredths of a degree Celsius', async (t) => {
  t.equal(hundredths(20.555), 2056)
  t.equal(hundredths(19.99), 1999)
  t.equal(celsiusOf(2050), 20.5)
  t.equal(shown().localTemperature, 2050)
  t.equal(shown({ current_temperature: null }).localTemperature, null)
})

t.test('a thermostat is shown that is paired and has told what it is', async (t) => {
  t.equal(isBridged(status()), true)
  t.equal(isBridged(status({ owner: null })), false)
  t.equal(isBridged(status({ has_uploaded: false })), false)
  t.equal(isBridged(status({ capabilities: { ...HEAT_ONLY, can_heat: false } })), false)
})

t.test('features come from what is wired', async (t) => {
  const all = { heating: true, cooling: true, fan: true, humidity: true, hotWater: false }
  t.strictSame(featuresOf(status()), all)
  const tank = { active: false, mode: null, boost_until: 0 }
  t.match(featuresOf(status({ capabilities: HEAT_ONLY, hot_water: tank })), {
    heating: true,
    cooling: false,
    fan: false,
    hotWater: true,
  })
  // A humidity that was never reported reads as zero.
  t.equal(featuresOf(status({ humidity: 0 })).humidity, false)
  t.equal(featuresOf(status({ humidity: null })).humidity, false)
})

t.test('modes and what may run', async (t) => {
  const modes = ['off', 'heat', 'cool', 'range', 'emergency', null].map(
    (mode) => shown({ mode }).systemMode,
  )
  t.strictSame(modes, [0, 4, 3, 1, 4, 0])
  const sequences = [{}, { capabilities: HEAT_ONLY }, { capabilities: COOL_ONLY }].map(
    (given) => shown(given).controlSequenceOfOperation,
  )
  t.strictSame(sequences, [4, 2, 0])
})

t.test('what runs now', async (t) => {
  const idle = { heat: false, cool: false, fan: false, heatStage2: false, coolStage2: false }
  t.strictSame(shown().running, idle)
  t.equal(shown().runningMode, 0)
  for (const field of ['heater', 'aux_heat', 'emer_heat', 'alt_heat']) {
    t.strictSame(shown({ hvac: { [field]: true } }).running, { ...idle, heat: true }, field)
  }
  t.strictSame(shown({ hvac: { heater: true, heat_x2: true, fan: true } }).running, {
    ...idle,
    heat: true,
    heatStage2: true,
    fan: true,
  })
  t.strictSame(shown({ hvac: { ac: true, cool_x2: true } }).running, {
    ...idle,
    cool: true,
    coolStage2: true,
  })
  t.equal(shown({ hvac: { heater: true } }).runningMode, 4)
  t.equal(shown({ hvac: { ac: true } }).runningMode, 3)
  t.equal(shown({ capabilities: HEAT_ONLY, hvac: { heater: true } }).runningMode, undefined)
})

t.test('eco is an empty home, with its own setpoints', async (t) => {
  t.equal(shown().occupied, true)
  t.equal(shown({ away: true }).occupied, false)
  t.equal(shown({ eco_mode: 'auto-eco' }).occupied, false)
  t.match(shown(), { heating: { unoccupied: 1500 }, cooling: { unoccupied: 2800 } })
  t.match(shown({ eco_temperatures: { low: null, high: null } }), {
    heating: { unoccupied: 450 },
    cooling: { unoccupied: 3200 },
  })
})

t.test('the setpoint of the mode is the one that counts', async (t) => {
  t.match(shown({ mode: 'heat' }), { heating: { occupied: 2100 }, cooling: { occupied: 2500 } })
  t.match(shown({ mode: 'cool' }), { heating: { occupied: 1900 }, cooling: { occupied: 2100 } })
  t.match(shown({ mode: 'range' }), { heating: { occupied: 1900 }, cooling: { occupied: 2500 } })
  t.match(shown({ mode: 'off' }), { heating: { occupied: 2100 } })
  t.match(shown({ mode: 'off', capabilities: COOL_ONLY }), { cooling: { occupied: 2100 } })
  t.equal(shown({ capabilities: HEAT_ONLY }).cooling, undefined)
  t.equal(shown({ capabilities: COOL_ONLY }).heating, undefined)
})

t.test('the other setpoint gives way to the dead band', async (t) => {
  t.equal(shown().deadBand, 15)
  t.equal(shown({ capabilities: HEAT_ONLY }).deadBand, undefined)
  t.match(shown({ mode: 'heat', target_temperature: 24 }), {
    heating: { occupied: 2400 },
    cooling: { occupied: 2550 },
  })
  t.match(shown({ mode: 'cool', target_temperature: 18 }), {
    heating: { occupied: 1650 },
    cooling: { occupied: 1800 },
  })
})

t.test('every status fits what Matter takes', async (t) => {
  const celsius = fc.option(fc.double({ min: -40, max: 60, noNaN: true }))
  const any = fc.record({
    target_temperature: celsius,
    target_temperature_low: celsius,
    target_temperature_high: celsius,
    mode: fc.constantFrom('off', 'heat', 'cool', 'range', 'emergency', null),
    eco_temperatures: fc.record({ low: celsius, high: celsius }),
    capabilities: fc.constantFrom(status().capabilities, HEAT_ONLY, COOL_ONLY),
  })
  fc.assert(
    fc.property(any, (given) => {
      const { heating, cooling, deadBand } = shown(given)
      for (const each of [heating, cooling]) {
        if (each === undefined) continue
        const { min, max, occupied, unoccupied } = each
        if ([occupied, unoccupied].some((value) => !(value >= min && value <= max))) return false
      }
      if (heating === undefined || cooling === undefined || deadBand === undefined) return true
      const gap = deadBand * 10
      return (
        cooling.min - heating.min >= gap &&
        cooling.max - heating.max >= gap &&
        cooling.occupied - heating.occupied >= gap &&
        cooling.unoccupied - heating.unoccupied >= gap
      )
    }),
  )
  t.pass()
})
