import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { FIELD_NAMES, FIELDS, readingOf } from '../../../src/protocol/history/reading.ts'
import type { DeviceView } from '../../../src/protocol/view/device-view.ts'
import { WIRE_MODES } from '../../../src/protocol/view/own-forms.ts'

interface Buckets {
  readonly shared?: JsonObject
  readonly device?: JsonObject
  readonly structure?: JsonObject
}

function view({ shared = {}, device = {}, structure = {} }: Buckets): DeviceView {
  const own = { shared, device, structure, structureKey: 'structure.x', where: {} }
  return { serial: 'X', nowMs: 0, givenName: null, hasUploaded: true, schedule: undefined, ...own }
}

/** What is known, by name, in units; the mode by its name. */
function reading(buckets: Buckets, isOnline = true): Record<string, unknown> {
  const row = readingOf(view(buckets), isOnline)
  return Object.fromEntries(
    FIELD_NAMES.flatMap((name, i) => {
      const steps = row[i] ?? null
      if (steps === null) return []
      return [[name, name === 'mode' ? WIRE_MODES[steps] : steps / FIELDS[name].perUnit]]
    }),
  )
}

const HEAT = {
  target_temperature_type: 'heat',
  current_temperature: 20.438,
  target_temperature: 21.11,
  target_temperature_low: 19,
  target_temperature_high: 25,
}
const RUNS_NOTHING = { heating: 0, cooling: 0, fan: 0, eco: 0, online: 1 }
const ECO = { eco: { mode: 'manual-eco' }, away_temperature_low: 15, away_temperature_high: 28 }

const CASES: readonly {
  readonly name: string
  readonly buckets: Buckets
  readonly has: Readonly<Record<string, unknown>>
}[] = [
  {
    name: 'a thermostat that heats',
    buckets: {
      shared: { ...HEAT, hvac_heater_state: true, hvac_fan_state: true },
      device: { current_humidity: 41, battery_level: 3.917, outdoor_temperature: -4.26 },
    },
    has: {
      ...RUNS_NOTHING,
      mode: 'heat',
      temperature: 20.4,
      target_temperature: 21.11,
      heating: 1,
      fan: 1,
      humidity: 41,
      battery: 3.92,
      outdoor_temperature: -4.3,
    },
  },
  {
    name: 'in range both bounds are the target',
    buckets: { shared: { ...HEAT, target_temperature_type: 'range', hvac_cool_x2_state: true } },
    has: {
      ...RUNS_NOTHING,
      mode: 'range',
      temperature: 20.4,
      target_temperature_low: 19,
      target_temperature_high: 25,
      cooling: 2,
    },
  },
  {
    name: 'off has no target',
    buckets: { shared: { ...HEAT, target_temperature_type: 'off' } },
    has: { ...RUNS_NOTHING, mode: 'off', temperature: 20.4 },
  },
  {
    name: 'in eco the eco temperature is the target',
    buckets: { shared: HEAT, device: ECO },
    has: { ...RUNS_NOTHING, mode: 'heat', temperature: 20.4, target_temperature: 15, eco: 1 },
  },
  {
    name: 'in eco and range both eco temperatures are',
    buckets: { shared: { ...HEAT, target_temperature_type: 'range' }, device: ECO },
    has: {
      ...RUNS_NOTHING,
      mode: 'range',
      temperature: 20.4,
      target_temperature_low: 15,
      target_temperature_high: 28,
      eco: 1,
    },
  },
  {
    name: 'auxiliary heat is the second stage, emergency heat alone the first',
    buckets: { shared: { hvac_heater_state: true, hvac_aux_heater_state: true } },
    has: { ...RUNS_NOTHING, heating: 2 },
  },
  {
    name: 'emergency heat alone is the first stage',
    buckets: { shared: { hvac_emer_heat_state: true } },
    has: { ...RUNS_NOTHING, heating: 1 },
  },
  {
    name: 'hot water is known where the thermostat controls it',
    buckets: { device: { has_hot_water_control: true, hot_water_active: true } },
    has: { ...RUNS_NOTHING, hot_water: 1 },
  },
  {
    name: 'values that no thermostat has are not known',
    buckets: {
      shared: { current_temperature: 1e300, target_temperature_type: 'party' },
      device: { current_humidity: '41', battery_level: Number.NaN },
    },
    has: RUNS_NOTHING,
  },
]

for (const { name, buckets, has } of CASES) {
  t.test(name, async (t) => t.strictSame(reading(buckets), sorted(has)))
}

t.test('of a thermostat that is offline nothing else is known', async (t) => {
  t.strictSame(reading({ shared: HEAT }, false), { online: 0 })
})

/** In the order of the fields. */
function sorted(has: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(FIELD_NAMES.flatMap((name) => (name in has ? [[name, has[name]]] : [])))
}
