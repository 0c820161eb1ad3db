import t from 'tap'
import { factoryBuckets } from '../../../src/virtual/device/factory-buckets.ts'
import { createProfile } from '../../../src/virtual/index.ts'
import { Broker, NO_BROKER } from './broker.ts'
import { LoggedServer } from './logged-server.ts'
import { Watcher } from './watcher.ts'

const SERIAL = '02AA01AC00000001'

/** The memory of a thermostat that has every feature. */
function memoryWithEveryFeature() {
  const profile = createProfile({ serial: SERIAL, origin: 'http://127.0.0.1:1' })
  const [device] = factoryBuckets(profile)
  if (device === undefined) throw new Error('no device bucket')
  const more = {
    has_hot_water_control: true,
    has_hot_water_temperature: true,
    has_humidifier: true,
    has_emer_heat: true,
    has_air_filter: true,
  }
  return [{ ...device, value: { ...device.value, ...more } }]
}

/** Commands to publish, the fields that the thermostat then has, and the state topics that change. */
const STEPS: readonly {
  readonly set: readonly (readonly [path: string, payload: string])[]
  readonly bucket: 'shared' | 'device' | 'schedule'
  readonly fields: Readonly<Record<string, unknown>>
  readonly states: Readonly<Record<string, string>>
}[] = [
  {
    set: [['ha/target_temperature', '21.5']],
    bucket: 'shared',
    fields: { target_temperature: 21.5 },
    states: { 'ha/target_temperature': '21.5', 'shared/target_temperature': '21.5' },
  },
  {
    set: [['ha/mode', 'heat_cool']],
    bucket: 'shared',
    fields: { target_temperature_type: 'range' },
    states: {
      'ha/mode': 'heat_cool',
      'ha/target_temperature': 'None',
      'ha/target_temperature_low': '20',
      'ha/target_temperature_high': '24',
    },
  },
  {
    // Home Assistant moves the range up with two messages, the low bound first.
    set: [
      ['ha/target_temperature_low', '25'],
      ['ha/target_temperature_high', '28'],
    ],
    bucket: 'shared',
    fields: { target_temperature_low: 25, target_temperature_high: 28 },
    states: { 'ha/target_temperature_low': '25', 'ha/target_temperature_high': '28' },
  },
  {
    set: [['ha/target_temperature_low', '18']],
    bucket: 'shared',
    fields: { target_temperature_low: 18, target_temperature_high: 28 },
    states: { 'ha/target_temperature_low': '18' },
  },
  {
    set: [['ha/mode', 'off']],
    bucket: 'shared',
    fields: { target_temperature_type: 'off' },
    states: { 'ha/mode': 'off', 'ha/action': 'off' },
  },
  {
    set: [['ha/mode', 'cool']],
    bucket: 'shared',
    fields: { target_temperature_type: 'cool' },
    states: { 'ha/mode': 'cool' },
  },
  {
    set: [['ha/emergency_heat', 'ON']],
    bucket: 'shared',
    fields: { target_temperature_type: 'emergency' },
    states: { 'ha/mode': 'heat', 'ha/emergency_heat': 'ON' },
  },
  {
    set: [['ha/emergency_heat', 'OFF']],
    bucket: 'shared',
    fields: { target_temperature_type: 'heat' },
    states: { 'ha/emergency_heat': 'OFF' },
  },
  {
    set: [['ha/fan_duration', '30']],
    bucket: 'device',
    fields: { fan_timer_duration: 1800 },
    states: { 'ha/fan_duration': '30' },
  },
  {
    set: [['shared', '{"target_temperature":20.5,"target_temperature_type":"heat"}']],
    bucket: 'shared',
    fields: { target_temperature: 20.5, target_temperature_type: 'heat' },
    states: { 'ha/target_temperature': '20.5', 'ha/mode': 'heat' },
  },
  { set: [['ha/fan_mode', 'on']], bucket: 'device', fields: {}, states: { 'ha/fan_mode': 'on' } },
  {
    set: [['ha/fan_mode', 'auto']],
    bucket: 'device',
    fields: { fan_timer_timeout: 0 },
    states: { 'ha/fan_mode': 'auto', 'ha/fan_timer_remaining': '0' },
  },
  {
    set: [['ha/preset', 'eco']],
    bucket: 'device',
    fields: { eco: { mode: 'manual-eco' } },
    states: { 'ha/preset': 'away', 'ha/occupancy': 'away', 'ha/eco': 'true' },
  },
  {
    set: [['ha/preset', 'home']],
    bucket: 'device',
    fields: { eco: { mode: 'schedule' } },
    states: { 'ha/preset': 'home', 'ha/occupancy': 'home', 'ha/eco': 'false' },
  },
  ...(
    [
      ['eco_temperature_low', '14', 'away_temperature_low', 14],
      ['eco_temperature_high', '27.5', 'away_temperature_high', 27.5],
      ['lower_safety_temp', '6', 'lower_safety_temp', 6],
      ['lower_safety_temp_enabled', 'OFF', 'lower_safety_temp_enabled', false],
      ['upper_safety_temp', '36', 'upper_safety_temp', 36],
      ['upper_safety_temp_enabled', 'ON', 'upper_safety_temp_enabled', true],
      ['temperature_lock', 'ON', 'temperature_lock', true],
      ['temperature_lock_low_temp', '19', 'temperature_lock_low_temp', 19],
      ['temperature_lock_high_temp', '23', 'temperature_lock_high_temp', 23],
      ['target_humidity', '40', 'target_humidity', 40],
      ['target_humidity_enabled', 'ON', 'target_humidity_enabled', true],
      ['hot_water_mode', 'on', 'hot_water_mode', 'on'],
      ['hot_water_temperature', '55', 'hot_water_temperature', 55],
      ['hot_water_away_enabled', 'ON', 'hot_water_away_enabled', true],
    ] as const
  ).map(([name, payload, field, value]) => ({
    set: [[`ha/${name}`, payload] as const],
    bucket: 'device' as const,
    fields: { [field]: value },
    states: { [`ha/${name}`]: payload },
  })),
  {
    set: [['ha/hot_water_boost', 'ON']],
    bucket: 'device',
    fields: {},
    states: { 'ha/hot_water_boost': 'ON' },
  },
  {
    set: [['ha/hot_water_boost', 'OFF']],
    bucket: 'device',
    fields: { hot_water_boost_time_to_end: 0 },
    states: { 'ha/hot_water_boost': 'OFF' },
  },
  {
    set: [['device/temperature_scale', 'F']],
    bucket: 'device',
    fields: { temperature_scale: 'F' },
    states: { 'device/temperature_scale': 'F' },
  },
  {
    set: [['device/learning_mode', 'False']],
    bucket: 'device',
    fields: { learning_mode: false },
    states: { 'device/learning_mode': 'False', 'ha/learning_mode': 'false' },
  },
  {
    set: [['shared/target_temperature', '19']],
    bucket: 'shared',
    fields: { target_temperature: 19 },
    states: { 'ha/target_temperature': '19' },
  },
  {
    set: [['shared/target_temperature_type', '"cool"']],
    bucket: 'shared',
    fields: { target_temperature_type: 'cool' },
    states: { 'ha/mode': 'cool' },
  },
  {
    set: [
      [
        'ha/schedule',
        '{"schedule_mode":"HEAT","days":{"0":{"0":{"type":"HEAT","time":0,"entry_type":"setpoint","temp":17}}}}',
      ],
    ],
    bucket: 'schedule',
    fields: { days: { 0: { 0: { temp: 17 } } } },
    states: {},
  },
  {
    set: [['ha/schedule_mode', 'COOL']],
    bucket: 'device',
    fields: { current_schedule_mode: 'COOL' },
    states: { 'ha/schedule_mode': 'COOL' },
  },
]

t.test(
  'every command topic reaches the thermostat, and its state comes back',
  { skip: NO_BROKER },
  async (t) => {
    const broker = await Broker.start()
    t.teardown(() => broker.stop())
    const nle = await LoggedServer.open(broker)
    t.teardown(() => nle.close())
    const watcher = await Watcher.connect(broker)
    t.teardown(() => watcher.end())
    const thermostat = await nle.pair(SERIAL, { memory: memoryWithEveryFeature() })
    await watcher.until(({ topics }) =>
      topics.has(`homeassistant/button/nest_${SERIAL}/filter_reset/config`),
    )
    for (const { set, bucket, fields, states } of STEPS) {
      for (const [path, payload] of set) {
        await watcher.publish(`nolongerevil/${SERIAL}/${path}/set`, payload)
      }
      await thermostat.waitFor(JSON.stringify(fields), (each) => holds(each.value(bucket), fields))
      for (const [path, payload] of Object.entries(states)) {
        await watcher.value(`nolongerevil/${SERIAL}/${path}`, payload)
      }
      t.pass(set.map(([path, payload]) => `${path} ${payload.slice(0, 40)}`).join(', '))
    }
    await watcher.publish(`nolongerevil/${SERIAL}/ha/filter_reset/set`, 'PRESS')
    await thermostat.waitFor(
      'the date of the new filter',
      (each) => Number(each.value('device').filter_changed_date) > 0,
    )
    await watcher.publish(`nolongerevil/${SERIAL}/ha/dismiss_pairing/set`, 'PRESS')
    await watcher.catchUp()
    const all = [...watcher.topics.values()].flatMap((payload) =>
      payload.startsWith('{"unique_id"') ? [JSON.parse(payload) as Record<string, unknown>] : [],
    )
    const commanded = new Set([
      ...STEPS.flatMap(({ set }) => set.map(([path]) => `nolongerevil/${SERIAL}/${path}/set`)),
      `nolongerevil/${SERIAL}/ha/filter_reset/set`,
      `nolongerevil/${SERIAL}/ha/dismiss_pairing/set`,
    ])
    const announced = all.flatMap((config) =>
      Object.entries(config).flatMap(([field, topic]) =>
        field.endsWith('command_topic') ? [String(topic)] : [],
      ),
    )
    t.strictSame(
      announced.filter((topic) => !commanded.has(topic)),
      [],
      'every announced command topic was tested',
    )
    t.strictSame(nle.log.of('MQTT message refused'), [])
    t.strictSame(thermostat.violations, [])
  },
)

/** Whether every field has this value, also inside objects. */
function holds(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return value === wanted
  return Object.entries(wanted).every(([field, each]) =>
    holds((value as Record<string, unknown> | undefined)?.[field], each),
  )
}
