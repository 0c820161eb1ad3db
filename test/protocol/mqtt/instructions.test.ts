import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { planCommand } from '../../../src/protocol/commands/plan-command.ts'
import { instructions } from '../../../src/protocol/mqtt/instructions.ts'
import { parseCommandTopic } from '../../../src/protocol/mqtt/topics.ts'
import type { DeviceView } from '../../../src/protocol/view/device-view.ts'
import { NOW_S, refusal, SERIAL, view } from '../make.ts'

const BASE = view()
const ABLE = view({
  device: {
    ...BASE.device,
    has_emer_heat: true,
    has_humidifier: true,
    has_hot_water_control: true,
    has_hot_water_temperature: true,
    hot_water_temperature: 50,
    filter_changed_date: 1,
    upper_safety_temp: 35,
    upper_safety_temp_enabled: true,
  },
})

function instructionsFor(path: string, payload: string, of: DeviceView = ABLE) {
  const address = parseCommandTopic('nle/home', `nle/home/${SERIAL}/${path}/set`)
  if (address === undefined) throw new Error(`no command topic: ${path}`)
  return instructions(address, payload, of).map((each) =>
    each.type === 'command' ? [each.command, each.value] : each.type,
  )
}

t.test('turns payloads on command topics into commands', async (t) => {
  const week = '{"schedule_mode":"HEAT","days":{}}'
  const rows: [path: string, payload: string, expected: unknown[]][] = [
    ['ha/mode', 'heat_cool', [['set_mode', 'heat_cool']]],
    ['ha/mode', 'off', [['set_mode', 'off']]],
    ['ha/target_temperature', '21.5', [['set_temperature', 21.5]]],
    ['ha/target_temperature_low', '19', [['set_temperature', { low: 19 }]]],
    ['ha/target_temperature_high', ' 25 ', [['set_temperature', { high: 25 }]]],
    ['ha/fan_mode', 'ON', [['set_fan', 'on']]],
    ['ha/preset', 'home', [['set_away', false]]],
    ['ha/preset', 'away', [['set_away', true]]],
    ['ha/preset', 'eco', [['set_away', true]]],
    ['ha/preset', 'none', [['set_away', false]]],
    ['ha/fan_mode', 'off', [['set_fan', 'off']]],
    ['device/fan_timer_active', 'true', [['set_fan', 'on']]],
    ['device/fan_timer_active', 'False', [['set_fan', 'auto']]],
    ['device/away', 'true', [['set_away', true]]],
    ['ha/fan_duration', '30', [['set_device_setting', { fan_timer_duration: 1800 }]]],
    ['ha/fan_duration', '2', [['set_device_setting', { fan_timer_duration: 900 }]]],
    ['ha/fan_duration', '1440', [['set_device_setting', { fan_timer_duration: 43_200 }]]],
    ['ha/eco_temperature_low', '12', [['set_eco_temperatures', { low: 12 }]]],
    ['ha/eco_temperature_high', '28', [['set_eco_temperatures', { high: 28 }]]],
    ['ha/lower_safety_temp', '7', [['set_device_setting', { lower_safety_temp: 7 }]]],
    ['ha/upper_safety_temp', '35', [['set_device_setting', { upper_safety_temp: 35 }]]],
    [
      'ha/lower_safety_temp_enabled',
      'OFF',
      [['set_device_setting', { lower_safety_temp_enabled: false }]],
    ],
    ['ha/temperature_lock', 'ON', [['set_device_setting', { temperature_lock: true }]]],
    [
      'ha/temperature_lock_low_temp',
      '19.5',
      [['set_device_setting', { temperature_lock_low_temp: 19.5 }]],
    ],
    ['ha/target_humidity', '45', [['set_device_setting', { target_humidity: 45 }]]],
    [
      'ha/target_humidity_enabled',
      'true',
      [['set_device_setting', { target_humidity_enabled: true }]],
    ],
    ['ha/hot_water_mode', 'off', [['set_device_setting', { hot_water_mode: 'off' }]]],
    [
      'ha/hot_water_boost',
      'ON',
      [['set_device_setting', { hot_water_boost_time_to_end: NOW_S + 3600 }]],
    ],
    ['ha/hot_water_boost', 'OFF', [['set_device_setting', { hot_water_boost_time_to_end: 0 }]]],
    ['ha/hot_water_temperature', '55', [['set_device_setting', { hot_water_temperature: 55 }]]],
    ['ha/schedule', week, [['set_schedule', JSON.parse(week)]]],
    ['ha/schedule_mode', 'RANGE', [['set_schedule_mode', 'RANGE']]],
    ['ha/emergency_heat', 'ON', [['set_mode', 'emergency']]],
    ['ha/emergency_heat', 'OFF', [['set_mode', 'heat']]],
    ['ha/filter_reset', 'PRESS', [['set_device_setting', { filter_changed_date: NOW_S }]]],
    ['ha/dismiss_pairing', 'PRESS', ['dismissPairing']],
    ['shared/target_temperature', '20', [['set_temperature', 20]]],
    ['shared/target_temperature_low', '18', [['set_temperature', { low: 18 }]]],
    ['shared/target_temperature_type', 'range', [['set_mode', 'range']]],
    ['shared/schedule_mode', 'HEAT', [['set_schedule_mode', 'HEAT']]],
    ['device/temperature_scale', 'C', [['set_device_setting', { temperature_scale: 'C' }]]],
    ['device/learning_mode', 'False', [['set_device_setting', { learning_mode: false }]]],
    ['device/fan_timer_timeout', `${NOW_S + 600}`, [['set_fan', 600]]],
    ['device/fan_timer_timeout', '0', [['set_fan', 0]]],
  ]
  for (const [path, payload, expected] of rows) {
    t.strictSame(instructionsFor(path, payload), expected, `${path} ${payload}`)
    for (const one of expected) {
      if (!Array.isArray(one)) continue
      // The command accepts every value that a topic gives it.
      t.ok(planCommand(one[0], one[1], ABLE))
    }
  }
})

t.test('takes a schedule as thermostats have it, or as a file of the command line', async (t) => {
  const file = '{"weekdays": {"06:30": 21, "22:30": "62F"}}'
  const [[command, value] = []] = instructionsFor('ha/schedule', file) as [string, JsonObject][]
  t.equal(command, 'set_schedule')
  t.match(value, { schedule_mode: 'HEAT', days: { 4: { 1: { time: 81_000, temp: 16.67 } } } })
  t.ok(planCommand(command, value, ABLE))
  t.match(
    refusal(() => instructionsFor('ha/schedule', '{"mon":\n{"07:00": "19-24"}}')),
    /^line 2: mon 07:00: "19-24" is a range, and heat takes one temperature/,
  )
  const wire = { schedule_mode: 'HEAT', days: { 0: [{ time: 60, temp: 20 }] }, added: 1 }
  t.strictSame(
    instructionsFor('ha/schedule', JSON.stringify(wire)),
    [['set_schedule', wire]],
    'unchanged',
  )
})

t.test('a new fan duration also holds for a fan that runs', async (t) => {
  const runs = view({ device: { ...BASE.device, fan_timer_timeout: NOW_S + 60 } })
  t.strictSame(instructionsFor('ha/fan_duration', '45', runs), [
    ['set_device_setting', { fan_timer_duration: 2700 }],
    ['set_fan', 2700],
  ])
})

t.test('a fan duration is written in the form that the thermostat reports', async (t) => {
  const { fan_timer_duration: _, ...bare } = BASE.device
  t.strictSame(instructionsFor('ha/fan_duration', '45', view({ device: bare })), [
    ['set_device_setting', { fan_timer_duration_minutes: 45 }],
  ])
  const both = { ...BASE.device, fan_timer_duration_minutes: 15 }
  t.strictSame(instructionsFor('ha/fan_duration', '45', view({ device: both })), [
    ['set_device_setting', { fan_timer_duration: 2700, fan_timer_duration_minutes: 45 }],
  ])
})

t.test('takes several fields at once as JSON on the topic of the bucket', async (t) => {
  const rows: [bucket: string, fields: JsonObject, expected: unknown[]][] = [
    [
      'shared',
      { target_temperature: 21, target_temperature_type: 'heat' },
      [
        ['set_temperature', 21],
        ['set_mode', 'heat'],
      ],
    ],
    [
      'shared',
      { target_temperature_high: 24, schedule_mode: 'COOL', target_temperature_low: 19 },
      [
        ['set_schedule_mode', 'COOL'],
        ['set_temperature', { high: 24, low: 19 }],
      ],
    ],
    ['device', { fan_timer_timeout: NOW_S + 600 }, [['set_fan', 600]]],
    [
      'device',
      { fan_timer_timeout: 0, learning_mode: true, target_humidity: 40 },
      [
        ['set_device_setting', { learning_mode: true, target_humidity: 40 }],
        ['set_fan', 0],
      ],
    ],
  ]
  for (const [bucket, fields, expected] of rows) {
    t.strictSame(instructionsFor(bucket, JSON.stringify(fields)), expected)
  }
})

t.test(
  'refuses JSON that is no object of fields, and fields that may not be written',
  async (t) => {
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`f${i}`, 1]))
    const rows: [bucket: string, payload: string, message: RegExp][] = [
      ['shared', '21', /JSON object such as/],
      ['shared', '{', /JSON object such as/],
      ['shared', '{}', /JSON object such as/],
      ['device', '[1]', /JSON object such as/],
      ['device', JSON.stringify(many), /64 fields at most/],
      [
        'shared',
        '{"target_temperature":21,"current_temperature":30}',
        /shared\.current_temperature/,
      ],
      ['shared', '{"__proto__":{"a":1}}', /shared\.__proto__/],
      ['device', '{"fan_timer_timeout":"on"}', /Unix seconds/],
    ]
    for (const [bucket, payload, message] of rows) {
      t.match(
        refusal(() => instructionsFor(bucket, payload)),
        message,
        payload.slice(0, 60),
      )
    }
  },
)

t.test('turning emergency heat off does not switch a cooling thermostat to heating', async (t) => {
  const cools = view({
    ...ABLE,
    shared: { ...ABLE.shared, target_temperature_type: 'cool' },
  })
  t.strictSame(instructionsFor('ha/emergency_heat', 'OFF', cools), [])
})

t.test('a temperature with a sign is a step to people: it is refused', async (t) => {
  for (const topic of [
    'ha/target_temperature',
    'ha/target_temperature_low',
    'ha/temperature_lock_low_temp',
  ]) {
    for (const payload of ['+1', '-1', '--1', '+21']) {
      t.match(
        refusal(() => instructionsFor(topic, payload)),
        /plain number.*without a sign/,
        `${topic} ${payload}`,
      )
    }
  }
})

t.test(
  'a temperature that people take for a step is refused by the command (section 9)',
  async (t) => {
    for (const [path, payload] of [
      ['ha/target_temperature', '2'],
      ['ha/target_temperature', '0'],
      ['ha/target_temperature_low', '2'],
      ['shared/target_temperature', '2'],
      ['shared/target_temperature', '-1'],
      ['shared/target_temperature', '+1'],
    ] as const) {
      const [instruction] = instructionsFor(path, payload)
      const [name, value] = instruction as [string, JsonObject]
      t.match(
        refusal(() => planCommand(name, value, ABLE, 'person')),
        /from 4\.5 to 32/,
        `${path} ${payload}`,
      )
    }
  },
)

t.test('refuses payloads that it cannot read and topics without a command', async (t) => {
  const rows: [path: string, payload: string][] = [
    ['ha/target_temperature', ''],
    ['ha/target_temperature', 'warm'],
    ['ha/target_temperature', 'NaN'],
    ['ha/target_temperature', '1e3'],
    ['ha/target_temperature', '0x15'],
    ['ha/preset', 'holiday'],
    ['ha/fan_duration', 'long'],
    ['ha/temperature_lock', '1'],
    ['ha/schedule', '{'],
    ['ha/schedule', `[${'1,'.repeat(100_000)}1]`],
    ['ha/no_such', 'ON'],
    ['ha/constructor', 'ON'],
    ['ha/current_temperature', '20'],
    ['ha/delivery', '{}'],
    ['shared/current_temperature', '20'],
    ['shared/touched_by', '{}'],
    ['shared/__proto__', '{}'],
    ['device/fan_timer_timeout', 'on'],
  ]
  for (const [path, payload] of rows)
    t.match(
      refusal(() => instructionsFor(path, payload)),
      /./,
      path,
    )
  t.match(
    refusal(() => instructionsFor('ha/hot_water_mode', 'on', BASE)),
    /has no Hot Water/,
  )
})

t.test('the command refuses raw fields that may not be written', async (t) => {
  for (const field of ['current_humidity', 'eco', 'can_cool', 'where_id', 'constructor']) {
    const [one] = instructionsFor(`device/${field}`, '1')
    t.not(
      refusal(() => planCommand(one?.[0], one?.[1], ABLE)),
      'not refused',
      field,
    )
  }
})

t.test('does not take other topics for command topics', async (t) => {
  for (const topic of [
    'nle/home',
    'nle/homes/09AA01AB12345678/ha/mode/set',
    'other/09AA01AB12345678/ha/mode/set',
    'nle/home/09AA01AB12345678/ha/mode',
    'nle/home/09AA01AB12345678/ha/mode/set/set',
    'nle/home/09AA01AB12345678/structure/away/set',
    'nle/home/09AA01AB12345678/structure/set',
    'nle/home/09AA01AB12345678/ha/set',
    'nle/home/09AA01AB12345678/set',
    'nle/home/09AA01AB12345678/shared/a/b/set',
    'nle/home/short/ha/mode/set',
    'nle/home//ha/mode/set',
    'nle/home/09AA01AB12345678/ha//set',
  ]) {
    t.equal(parseCommandTopic('nle/home', topic), undefined, topic)
  }
  t.match(parseCommandTopic('p', 'p/09aa01ab12345678/ha/mode/set'), { serial: SERIAL })
})
