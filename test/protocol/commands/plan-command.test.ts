import fc from 'fast-check'
import t from 'tap'
import { NleError } from '../../../src/errors.ts'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { COMMANDS, planCommand } from '../../../src/protocol/commands/plan-command.ts'
import { isServerWritable } from '../../../src/protocol/transport/writable-fields.ts'
import { DEVICE, NOW_S, refusal, SCHEDULE, SERIAL, SHARED, view } from '../make.ts'

const TOUCHED = { touched_by: 3, touched_at: NOW_S, touched_user_id: '' }

t.test('set_temperature pushes the setpoint, the marker and who, and nothing else', async (t) => {
  const plan = planCommand('set_temperature', 21.5, view())
  t.strictSame(plan.changes, [
    {
      command: 'set_temperature',
      objectKey: SHARED,
      fields: { target_temperature: 21.5, target_change_pending: true, touched_by: TOUCHED },
      kind: 'setpoint',
    },
  ])
  t.equal(plan.objectKey, SHARED)
  t.strictSame(plan.values, plan.changes[0]?.fields)
  t.strictSame(plan.cancels, {})
})

t.test('set_temperature: what is taken', async (t) => {
  const targets = (value: unknown) => {
    const { target_change_pending, touched_by, ...rest } = planCommand(
      'set_temperature',
      value,
      view(),
    ).values
    t.equal(target_change_pending, true)
    t.strictSame(touched_by, TOUCHED)
    return rest
  }
  const cases: [string, unknown, unknown][] = [
    ['the lowest', 4.5, { target_temperature: 4.5 }],
    ['the highest', 32, { target_temperature: 32 }],
    ['zero is a number, clamped', 0, { target_temperature: 4.5 }],
    ['eight below, clamped', -3.5, { target_temperature: 4.5 }],
    ['eight above, clamped', 40, { target_temperature: 32 }],
    [
      'both bounds, as Homebridge and Matterbridge send them',
      { low: 18, high: 24 },
      { target_temperature_high: 24, target_temperature_low: 18 },
    ],
    ['the low alone', { low: 21 }, { target_temperature_low: 21 }],
    ['the high alone', { high: 21.5 }, { target_temperature_high: 21.5 }],
    ['null for the bound left alone', { high: 26, low: null }, { target_temperature_high: 26 }],
    ['a bound clamped', { high: 35 }, { target_temperature_high: 32 }],
    ['a number as text, as templates send it', '21.5', { target_temperature: 21.5 }],
    [
      'the same in bounds',
      { low: ' 18', high: '24.0' },
      { target_temperature_high: 24, target_temperature_low: 18 },
    ],
  ]
  for (const [name, value, expected] of cases) t.strictSame(targets(value), expected, name)
})

t.test('set_temperature: what is refused, with field and range', async (t) => {
  const cases: [string, unknown, RegExp][] = [
    ['Fahrenheit', 70, /temperature must be from 4\.5 to 32 °C.*70.*Fahrenheit/],
    ['a bit more than eight above', 40.1, /temperature.*4\.5 to 32/],
    ['a bit more than eight below', -3.6, /temperature.*4\.5 to 32/],
    ['not a number', Number.NaN, /temperature must be a number from 4\.5 to 32/],
    ['infinite', Number.POSITIVE_INFINITY, /temperature must be a number/],
    ['text', 'warm', /temperature must be a number from 4\.5 to 32.*"warm"/],
    ['a comma', '21,5', /temperature must be a number from 4\.5 to 32.*"21,5"/],
    ['no text', ' ', /temperature must be a number from 4\.5 to 32/],
    ['Fahrenheit as text', '70', /temperature must be from 4\.5 to 32 °C.*70.*Fahrenheit/],
    ['a boolean', true, /temperature must be a number/],
    ['a list', [18, 24], /temperature must be a number/],
    ['an empty object', {}, /"low".*"high".*one of them/],
    ['an unknown field', { high: 24, hihg: 25 }, /hihg/],
    ['text in a bound', { low: '18C', high: 24 }, /low must be a number from 4\.5 to 32/],
    ['Fahrenheit in a bound', { low: 64, high: 75 }, /low must be from 4\.5 to 32/],
    ['upside down', { low: 24, high: 18 }, /high \(18\) must not be below low \(24\)/],
  ]
  for (const [name, value, message] of cases) {
    t.match(
      refusal(() => planCommand('set_temperature', value, view())),
      message,
      name,
    )
  }
})

t.test(
  'set_temperature of a client: bounds closer than 1.5 °C move, and the answer says so',
  async (t) => {
    // The thermostat has 20 to 24.
    const cases: [string, unknown, number | undefined, number | undefined][] = [
      ['the low alone pushes the high', { low: 23 }, 23, 24.5],
      ['above the high of now', { low: 26 }, 26, 27.5],
      ['the high alone pushes the low', { high: 21 }, 19.5, 21],
      ['below the low of now', { high: 18 }, 16.5, 18],
      ['both, the high is as it was', { low: 23.5, high: 24 }, 23.5, 25],
      ['both, the low is as it was', { low: 20, high: 20.5 }, 19, 20.5],
      ['both are new', { low: 22, high: 22 }, 22, 23.5],
      ['at the hot end both move', { low: 32 }, 30.5, 32],
      ['at the cold end both move', { high: 5 }, 4.5, 6],
      ['far enough apart', { low: 22.5 }, 22.5, undefined],
    ]
    for (const [name, value, low, high] of cases) {
      const { values, clamped } = planCommand('set_temperature', value, view())
      t.equal(values.target_temperature_low, low, name)
      t.equal(values.target_temperature_high, high, name)
      t.equal(clamped, high !== undefined, `${name}: clamped`)
    }
    const unknown = planCommand('set_temperature', { low: 31.5 }, view({ shared: {} }))
    t.equal(
      unknown.values.target_temperature_high,
      undefined,
      'a bound nobody knows limits nothing',
    )
  },
)

t.test("set_temperature says when a client's value was clamped", async (t) => {
  t.equal(planCommand('set_temperature', 34, view()).clamped, true)
  t.equal(planCommand('set_temperature', { low: 2 }, view()).clamped, true)
  t.equal(planCommand('set_temperature', 32, view()).clamped, false)
  t.equal(planCommand('set_mode', 'heat', view()).clamped, false)
})

t.test('set_temperature refuses every value outside that a person typed', async (t) => {
  const cases: [unknown, RegExp][] = [
    [32.1, /temperature must be from 4\.5 to 32 °C, not 32\.1/],
    ['4.4', /temperature must be from 4\.5 to 32 °C, not 4\.4/],
    [0, /temperature must be from 4\.5 to 32 °C, not 0/],
    [70, /temperature must be from 4\.5 to 32 °C, and 70 .* Fahrenheit/],
    [{ high: 33 }, /high must be from 4\.5 to 32 °C, not 33/],
    [{ low: 23 }, /the high of now \(24\) must be at least 1\.5 °C above low \(23\)/],
    [{ high: 21 }, /high \(21\) must be at least 1\.5 °C above the low of now \(20\)/],
    [{ low: 22, high: 22 }, /high \(22\) must be at least 1\.5 °C above low \(22\)/],
    [{ low: 24, high: 18 }, /high \(18\) must not be below low \(24\)/],
  ]
  for (const [value, message] of cases) {
    t.match(
      refusal(() => planCommand('set_temperature', value, view(), 'person')),
      message,
    )
  }
  const taken = planCommand('set_temperature', { low: 20, high: 21.5 }, view(), 'person')
  t.match(taken, { clamped: false, values: { target_temperature_low: 20 } })
})

t.test('set_temperature carries the offset that the thermostat reported last', async (t) => {
  const shared = {
    ...view().shared,
    touched_by: { touched_by: 2, touched_at: 1, touched_tzo: -18_000 },
  }
  t.strictSame(planCommand('set_temperature', 21, view({ shared })).values.touched_by, {
    touched_by: 3,
    touched_at: NOW_S,
    touched_tzo: -18_000,
    touched_user_id: '',
  })
})

t.test(
  'a setpoint is taken in every mode: scenes set mode and setpoint in any order',
  async (t) => {
    for (const mode of ['off', 'heat', 'cool', 'range', 'emergency']) {
      const shared = { ...view().shared, target_temperature_type: mode }
      t.ok(planCommand('set_temperature', 21, view({ shared })), mode)
      t.ok(planCommand('set_temperature', { low: 18, high: 24 }, view({ shared })), mode)
    }
  },
)

t.test('set_mode speaks the language of the thermostat', async (t) => {
  const device = { ...view().device, has_emer_heat: true }
  const cases = [
    ['off', 'off'],
    ['heat', 'heat'],
    ['cool', 'cool'],
    ['heat-cool', 'range'],
    ['heat_cool', 'range'],
    ['range', 'range'],
    ['auto', 'range'],
    ['emergency', 'emergency'],
    ['HEAT', 'heat'],
  ] as const
  for (const [value, wire] of cases) {
    t.strictSame(
      planCommand('set_mode', value, view({ device })).changes,
      [
        {
          command: 'set_mode',
          objectKey: SHARED,
          fields: { target_temperature_type: wire },
          kind: 'setpoint',
        },
      ],
      value,
    )
  }
})

t.test('set_mode needs the capability, looked for in shared, then device', async (t) => {
  const bare = (shared: object, device: object) =>
    view({ shared: { ...shared }, device: { ...device } })
  const cases: [string, ReturnType<typeof view>, string, RegExp][] = [
    ['denied in shared', bare({ can_heat: false }, {}), 'heat', /heating \(can_heat=false\)/],
    ['denied in device', bare({}, { can_cool: false }), 'cool', /cooling \(can_cool=false\)/],
    [
      'shared before device',
      bare({ can_cool: false }, { can_cool: true }),
      'cool',
      /can_cool=false/,
    ],
    ['range needs heat', bare({ can_heat: false }, {}), 'range', /can_heat=false/],
    ['range needs cool', bare({ can_cool: false }, {}), 'heat-cool', /can_cool=false/],
    ['emergency needs its heat', bare({}, {}), 'emergency', /has_emer_heat=false/],
  ]
  for (const [name, v, mode, message] of cases) {
    t.match(
      refusal(() => planCommand('set_mode', mode, v)),
      message,
      name,
    )
  }
  for (const mode of ['heat', 'cool', 'range', 'off']) {
    t.ok(planCommand('set_mode', mode, bare({}, {})), `${mode}: assumed when unknown`)
  }
  t.ok(planCommand('set_mode', 'off', bare({ can_heat: false, can_cool: false }, {})))
})

t.test('set_mode eco is refused with a hint, other words with the list', async (t) => {
  t.match(
    refusal(() => planCommand('set_mode', 'eco', view())),
    /set_away/,
  )
  for (const value of ['warm', '', 1, true, {}, 'constructor']) {
    t.match(
      refusal(() => planCommand('set_mode', value, view())),
      /mode must be off, heat, cool, heat-cool/,
    )
  }
})

t.test('set_away true enters eco and takes back an exit on its way', async (t) => {
  const plan = planCommand('set_away', true, view())
  t.strictSame(plan.changes, [
    {
      command: 'set_away',
      objectKey: 'structure.default',
      fields: { manual_eco_all: true, manual_eco_timestamp: NOW_S },
      kind: 'setting',
    },
  ])
  t.strictSame(plan.cancels, { 'structure.default': ['away'], [DEVICE]: ['eco', 'eco_mode'] })
})

t.test('set_away false writes the eco mode as the thermostat reports it', async (t) => {
  const { changes } = planCommand('set_away', false, view({ device: { eco_mode: 'manual-eco' } }))
  t.match(changes[1], { objectKey: DEVICE, fields: { eco_mode: 'schedule' } })
})

t.test('set_away false leaves eco by all three ways', async (t) => {
  const plan = planCommand('set_away', false, view({ structureKey: 'structure.abc' }))
  t.strictSame(plan.changes, [
    {
      command: 'set_away',
      objectKey: 'structure.abc',
      fields: { manual_eco_all: false, manual_eco_timestamp: NOW_S, away: false },
      kind: 'setting',
    },
    {
      command: 'set_away',
      objectKey: DEVICE,
      fields: { eco: { mode: 'schedule', touched_by: 3, mode_update_timestamp: NOW_S } },
      kind: 'setting',
    },
  ])
  t.equal(plan.objectKey, 'structure.abc')
  t.strictSame(plan.values, plan.changes[0]?.fields)
})

t.test('set_away takes booleans only', async (t) => {
  for (const value of ['true', 1, 0, 'home', {}]) {
    t.match(
      refusal(() => planCommand('set_away', value, view())),
      /away must be true or false/,
    )
  }
})

t.test('set_fan runs the fan until a time, and the command ends with it', async (t) => {
  const { fan_timer_duration: _, ...bare } = view().device
  const cases: [string, unknown, ReturnType<typeof view>, number][] = [
    ['on, nothing reported: an hour', 'on', view({ device: bare }), 3600],
    ['on, as long as reported', 'on', view(), 900],
    ['seconds', 1200, view(), 1200],
    ['seconds as text', '1200', view(), 1200],
    ['twelve hours at most', 43_200, view(), 43_200],
    ['ON', 'ON', view(), 900],
  ]
  for (const [name, value, v, seconds] of cases) {
    t.strictSame(
      planCommand('set_fan', value, v).changes,
      [
        {
          command: 'set_fan',
          objectKey: DEVICE,
          fields: { fan_timer_timeout: NOW_S + seconds, fan_timer_duration: seconds },
          kind: 'setting',
          lifetimeMs: seconds * 1000,
        },
      ],
      name,
    )
  }
  for (const value of ['auto', 'off', 'OFF', 0]) {
    const [change] = planCommand('set_fan', value, view()).changes
    t.strictSame(change?.fields, { fan_timer_timeout: 0 }, `${value} stops it`)
    t.equal(change?.lifetimeMs, undefined)
  }
})

t.test('set_fan: what is refused', async (t) => {
  for (const value of ['stop', '900s', -1, 43_201, Number.NaN, true, {}]) {
    t.match(
      refusal(() => planCommand('set_fan', value, view())),
      /fan must be on, auto, or a number of seconds from 0 to 43200 \(12 hours\)/,
    )
  }
  const device = { ...view().device, has_fan: false }
  t.match(
    refusal(() => planCommand('set_fan', 'on', view({ device }))),
    /has_fan=false/,
  )
  t.match(
    refusal(() => planCommand('set_fan', 'on', view({ device: {} }))),
    /has_fan=false/,
  )
})

t.test('set_eco_temperatures sets the bounds of eco and switches them on', async (t) => {
  t.strictSame(planCommand('set_eco_temperatures', { high: 26, low: 15.5 }, view()).changes, [
    {
      command: 'set_eco_temperatures',
      objectKey: DEVICE,
      fields: {
        away_temperature_high: 26,
        away_temperature_high_enabled: true,
        away_temperature_low: 15.5,
        away_temperature_low_enabled: true,
      },
      kind: 'setting',
    },
  ])
  t.strictSame(planCommand('set_eco_temperatures', { low: '12' }, view()).values, {
    away_temperature_low: 12,
    away_temperature_low_enabled: true,
  })
})

t.test('eco bounds have limits of their own, whether or not the other one is on', async (t) => {
  const off = { away_temperature_high_enabled: false, away_temperature_low_enabled: false }
  const cases: [JsonObject, RegExp][] = [
    [{ low: 30 }, /low must be from 4\.5 to 21 °C, not 30/],
    [{ low: 21.1 }, /low must be from 4\.5 to 21 °C/],
    [{ low: 4 }, /low must be from 4\.5 to 21 °C/],
    [{ high: 23.9 }, /high must be from 24 to 32 °C, not 23\.9/],
    [{ high: 33 }, /high must be from 24 to 32 °C/],
    [{ low: 60, high: 80 }, /Fahrenheit/],
  ]
  for (const [given, message] of cases) {
    for (const device of [view().device, { ...view().device, ...off }]) {
      for (const givenBy of ['client', 'person'] as const) {
        t.match(
          refusal(() => planCommand('set_eco_temperatures', given, view({ device }), givenBy)),
          message,
          JSON.stringify(given),
        )
      }
    }
  }
  for (const value of [20, {}, { low: '10 °C' }, { lo: 12 }]) {
    t.match(
      refusal(() => planCommand('set_eco_temperatures', value, view())),
      /low/,
    )
  }
  const setting = (fields: JsonObject) => () => planCommand('set_device_setting', fields, view())
  t.match(refusal(setting({ away_temperature_low: 30 })), /away_temperature_low .* 4\.5 to 21/)
  t.match(refusal(setting({ away_temperature_high: 20 })), /away_temperature_high .* 24 to 32/)
  t.ok(setting({ away_temperature_low: 21, away_temperature_high: 24 })())
})

t.test('set_schedule replaces the week and brings its mode along when that differs', async (t) => {
  const days = { 0: [{ type: 'HEAT', time: 25_200, temp: 20 }] }
  const same = planCommand('set_schedule', { schedule_mode: 'HEAT', days }, view())
  t.equal(same.changes.length, 1)
  t.match(same.changes[0], { objectKey: SCHEDULE, kind: 'schedule', command: 'set_schedule' })
  t.equal(same.objectKey, SCHEDULE)

  const shared = { ...view().shared, schedule_mode: 'COOL' }
  const other = planCommand('set_schedule', { schedule_mode: 'HEAT', days }, view({ shared }))
  t.strictSame(other.changes[1], {
    command: 'set_schedule',
    objectKey: SHARED,
    fields: { schedule_mode: 'HEAT' },
    kind: 'setting',
    lifetimeMs: null,
  })
})

t.test('set_schedule {"days":{}} clears the week in the mode of now', async (t) => {
  const shared = { ...view().shared, schedule_mode: 'COOL' }
  const plan = planCommand('set_schedule', { days: {} }, view({ shared }))
  t.strictSame(plan.values, { ver: 2, name: 'Current Schedule', schedule_mode: 'COOL', days: {} })
  t.equal(plan.changes.length, 1)
})

t.test('D6: the schedule mode is set in the field that the thermostat reports', async (t) => {
  const { schedule_mode: _, ...shared } = view().shared
  const old = view({ shared, device: { ...view().device, current_schedule_mode: 'HEAT' } })
  const field = { objectKey: DEVICE, fields: { current_schedule_mode: 'COOL' } }
  t.match(planCommand('set_schedule_mode', 'COOL', old).changes, [field])
  const days = { 0: { 0: { time: 0, temp: 20 } } }
  t.equal(planCommand('set_schedule', { schedule_mode: 'HEAT', days }, old).changes.length, 1)
  const { changes } = planCommand('set_schedule', { schedule_mode: 'COOL', days }, old)
  t.match(changes, [{ objectKey: SCHEDULE }, field])
})

t.test('set_schedule_mode', async (t) => {
  t.strictSame(planCommand('set_schedule_mode', 'cool', view()).changes, [
    {
      command: 'set_schedule_mode',
      objectKey: SHARED,
      fields: { schedule_mode: 'COOL' },
      kind: 'setting',
    },
  ])
  t.match(
    refusal(() => planCommand('set_schedule_mode', 'OFF', view())),
    /schedule_mode must be HEAT, COOL or RANGE/,
  )
})

t.test('set_device_setting writes settings, checked by type and range', async (t) => {
  const plan = planCommand(
    'set_device_setting',
    { learning_mode: false, temperature_scale: 'C', target_humidity: 40 },
    view(),
  )
  t.strictSame(plan.changes, [
    {
      command: 'set_device_setting',
      objectKey: DEVICE,
      fields: { learning_mode: false, temperature_scale: 'C', target_humidity: 40 },
      kind: 'setting',
    },
  ])
  t.strictSame(
    planCommand('set_device_setting', { temp_lock_on: true, temp_lock_low_temp: 19 }, view())
      .values,
    { temperature_lock: true, temperature_lock_low_temp: 19 },
    'names of the existing server are those of the thermostat',
  )
})

t.test('set_device_setting: what is refused', async (t) => {
  const cases: [string, unknown, RegExp][] = [
    ['nothing', {}, /set_device_setting takes/],
    ['not an object', 'learning_mode=true', /set_device_setting takes/],
    ['a sensor', { current_humidity: 50 }, /current_humidity is not a setting/],
    ['a capability', { has_fan: true }, /has_fan is not a setting/],
    ['a state', { hvac_heater_state: true }, /hvac_heater_state is not a setting/],
    ['an estimate', { time_to_target: 5 }, /time_to_target is not a setting/],
    ['eco', { eco: { mode: 'manual-eco' } }, /set_away/],
    ['the fan timer', { fan_timer_timeout: 0 }, /set_fan/],
    ['a field of Object', { toString: 'x' }, /toString is not a setting/],
    ['a wrong type', { learning_mode: 'yes' }, /learning_mode must be true or false/],
    ['a wrong word', { temperature_scale: 'K' }, /temperature_scale must be one of C, F/],
    ['out of range', { target_humidity: 150 }, /target_humidity must be a number from 10 to 80/],
    ['not whole', { fan_duty_start_time: 1.5 }, /fan_duty_start_time must be a whole number/],
    ['Fahrenheit', { away_temperature_high: 80 }, /away_temperature_high must be from 24 to 32/],
    ['too long', { postal_code: 'x'.repeat(17) }, /postal_code must be text of at most 16/],
    ['one of two wrong', { learning_mode: true, leaf: true }, /leaf is not a setting/],
    [
      'upside down',
      { temperature_lock_low_temp: 25 },
      /temperature_lock_high_temp \(22\.22223\) must not be below temperature_lock_low_temp/,
    ],
  ]
  for (const [name, value, message] of cases) {
    t.match(
      refusal(() => planCommand('set_device_setting', value, view())),
      message,
      name,
    )
  }
})

t.test('a lock that a client sets is clamped, one that a person types is not', async (t) => {
  const lock = { temperature_lock_high_temp: 34 }
  t.match(planCommand('set_device_setting', lock, view()), {
    values: { temperature_lock_high_temp: 32 },
    clamped: true,
  })
  t.match(
    refusal(() => planCommand('set_device_setting', lock, view(), 'person')),
    /temperature_lock_high_temp must be from 4\.5 to 32/,
  )
})

t.test('a schedule that a client sends is clamped, one that a person wrote is not', async (t) => {
  const week = { schedule_mode: 'HEAT', days: { 0: [{ time: 0, temp: 33 }] } }
  t.match(planCommand('set_schedule', week, view()), {
    values: { days: { 0: { 0: { temp: 32 } } } },
    clamped: true,
  })
  t.match(
    refusal(() => planCommand('set_schedule', week, view(), 'person')),
    /Monday, entry 0: temp must be from 4\.5 to 32/,
  )
})

t.test('an unknown command, and missing fields', async (t) => {
  t.match(
    refusal(() => planCommand('set_foo', 1, view())),
    /^Unknown command: set_foo/,
  )
  t.match(
    refusal(() => planCommand('toString', 1, view())),
    /^Unknown command/,
  )
  t.match(
    refusal(() => planCommand(undefined, 1, view())),
    /command/,
  )
  t.match(
    refusal(() => planCommand('set_temperature', undefined, view())),
    /value.*4\.5 to 32/,
  )
})

t.test('whatever is asked: refused as invalid, or only fields the server may write', async () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.double(),
    fc.record({ low: fc.double(), high: fc.double() }, { requiredKeys: [] }),
  )
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(COMMANDS)), value, (command, given) => {
      try {
        const plan = planCommand(command, given, view())
        return plan.changes.every(({ objectKey, fields }) =>
          Object.keys(fields).every((field) => isServerWritable(objectKey, field)),
        )
      } catch (error) {
        return error instanceof NleError && error.code === 'invalid'
      }
    }),
    { numRuns: 2000 },
  )
})

t.test('setpoints that are planned are within 4.5 to 32 and 1.5 apart', async () => {
  const degrees = fc.double({ min: -10, max: 50, noNaN: true })
  fc.assert(
    fc.property(
      fc.record({ low: degrees, high: degrees }, { requiredKeys: [] }),
      degrees,
      degrees,
      (given, nowLow, nowHigh) => {
        const shared = { target_temperature_low: nowLow, target_temperature_high: nowHigh }
        try {
          const { values } = planCommand('set_temperature', given, view({ shared }))
          const { target_temperature_low: low, target_temperature_high: high } = {
            ...shared,
            ...values,
          }
          const set = [values.target_temperature_low, values.target_temperature_high]
          return (
            Number(high) - Number(low) > 1.49 &&
            set.every((one) => one === undefined || (Number(one) >= 4.5 && Number(one) <= 32))
          )
        } catch (error) {
          return error instanceof NleError
        }
      },
    ),
  )
})

t.test('the serial of the view is the one that is commanded', async (t) => {
  const other = view({ serial: `${SERIAL.slice(0, -1)}9` })
  t.equal(planCommand('set_mode', 'heat', other).objectKey, `shared.${other.serial}`)
})
