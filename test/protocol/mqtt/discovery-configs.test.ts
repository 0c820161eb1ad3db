import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { deviceTopics } from '../../../src/protocol/mqtt/device-topics.ts'
import { discoveryConfigs } from '../../../src/protocol/mqtt/discovery-configs.ts'
import type { DeviceView } from '../../../src/protocol/view/device-view.ts'
import { SERIAL, view } from '../make.ts'
import { complaints } from './home-assistant.ts'

const PREFIXES = { topicPrefix: 'nolongerevil', discoveryPrefix: 'homeassistant' }
const OPTIONS = { ...PREFIXES, publishRaw: false, homeAssistantDiscovery: true, version: '1.2.3' }
const BASE = view()

function thermostat(device: object, shared: object = {}): DeviceView {
  return view({
    device: { ...BASE.device, ...device },
    shared: { ...BASE.shared, ...shared },
  })
}

/** A thermostat with every feature. */
const FULL = thermostat(
  {
    outdoor_temperature: 3.5,
    rssi: 68,
    has_air_filter: true,
    filter_replacement_needed: false,
    filter_runtime_sec: 86_400,
    filter_changed_date: 1_700_000_000,
    time_to_target: 0,
    sunlight_correction_active: false,
    compressor_lockout_timeout: 0,
    learning_mode: true,
    has_heat_pump: true,
    heatpump_ready: true,
    local_ip: '192.0.2.20',
    has_humidifier: true,
    has_emer_heat: true,
    has_hot_water_control: true,
    has_hot_water_temperature: true,
    hot_water_mode: 'schedule',
    hot_water_temperature: 50,
    hot_water_away_enabled: true,
    upper_safety_temp: 35,
    upper_safety_temp_enabled: false,
    model_version: 'Display-2.12',
  },
  { schedule_mode: 'HEAT' },
)

const THERMOSTATS: Readonly<Record<string, DeviceView>> = {
  'with every feature': FULL,
  'that only heats': thermostat({ has_fan: false }, { can_cool: false }),
  'that only cools': thermostat({}, { can_heat: false, schedule_mode: 'COOL' }),
  'of the fixture': BASE,
  'that is off': thermostat({}, { target_temperature_type: 'off' }),
  'without a schedule': view({ schedule: undefined }),
  'of another language': thermostat({}, { name: 'Wohnzimmer "süd" / #1 +' }),
}

function parts(topic: string): [component: string, object: string] {
  const [, component = '', , object = ''] = topic.split('/')
  return [component, object]
}

t.test('Home Assistant accepts every configuration', async (t) => {
  for (const [kind, each] of Object.entries(THERMOSTATS)) {
    const configs = [...deviceTopics(each, true, OPTIONS)].filter(([topic]) =>
      topic.startsWith('homeassistant/'),
    )
    t.ok(configs.length > 10)
    t.strictSame(
      configs.flatMap(([topic, payload]) => complaints(topic, payload)),
      [],
      `a thermostat ${kind}`,
    )
  }
})

t.test('the schemas refuse what Home Assistant would not accept', async (t) => {
  const topic = 'homeassistant/number/nest_X/y/config'
  const wrong = { unique_id: 'a', command_topic: 'b/#', stat_t: 'c', min: 2, max: 1, icon: 'fan' }
  t.match(complaints(topic, JSON.stringify(wrong)).join('\n'), /command_topic.*stat_t.*icon.*min/s)
  const climate = { unique_id: 'a', modes: ['heat_cool'] }
  t.match(
    complaints('homeassistant/climate/nest_X/thermostat/config', JSON.stringify(climate)).join(),
    /lacks temperature_command_topic.*heat_cool needs a range/s,
  )
})

t.test('every entity has a state topic, with a state that its configuration allows', async (t) => {
  for (const [kind, each] of Object.entries(THERMOSTATS)) {
    const topics = deviceTopics(each, true, OPTIONS)
    for (const [topic, config] of discoveryConfigs(each, PREFIXES, '1.2.3')) {
      for (const [field, named] of Object.entries(config)) {
        if (!field.endsWith('state_topic') && !/^(action|current_.*)_topic$/.test(field)) continue
        if (config.event_types !== undefined) continue
        t.ok(topics.has(String(named)), `${kind}: ${topic} ${field}`)
      }
      const state = topics.get(String(config.state_topic)) ?? ''
      const [component] = parts(topic)
      if (component === 'binary_sensor')
        t.ok([config.payload_on, config.payload_off].includes(state))
      if (component === 'switch') t.match(state, /^(ON|OFF)$/)
      if (component === 'select') t.ok((config.options as string[]).includes(state), topic)
      if (component === 'number') {
        t.ok(Number(state) >= Number(config.min) && Number(state) <= Number(config.max), topic)
      }
    }
  }
})

t.test('keeps the ids and topics of the existing server', async (t) => {
  const configs = discoveryConfigs(FULL, PREFIXES, '1.2.3')
  const existing = {
    climate: ['thermostat'],
    sensor: [
      'temperature',
      'humidity',
      'outdoor_temperature',
      'battery',
      'rssi',
      'filter_runtime',
      'time_to_target',
      'compressor_lockout',
      'local_ip',
      'fan_timer_remaining',
    ],
    binary_sensor: [
      'occupancy',
      'fan',
      'leaf',
      'filter_replacement',
      'sunlight_correction',
      'learning_mode',
      'heat_pump_ready',
    ],
    number: ['fan_duration'],
  }
  for (const [component, objects] of Object.entries(existing)) {
    for (const object of objects) {
      const config = configs.get(`homeassistant/${component}/nest_${SERIAL}/${object}/config`)
      const end = object === 'thermostat' ? '' : `_${object}`
      t.match(config, {
        unique_id: `nolongerevil_${SERIAL}${end}`,
        default_entity_id: `${component}.nest_${SERIAL}${end}`,
        device: { identifiers: [`nolongerevil_${SERIAL}`] },
      })
    }
  }
})

t.test('a name given here is the name of the device, and changes no id', async (t) => {
  const given = { ...FULL, givenName: { name: 'Hallway upstairs', former: '' } }
  const [before, after] = [FULL, given].map((each) => [
    ...discoveryConfigs(each, PREFIXES, '1.2.3'),
  ])
  for (const [i, [topic, config]] of (after ?? []).entries()) {
    const [topicBefore, configBefore] = before?.[i] ?? []
    t.equal(topic, topicBefore)
    t.match(config.device, { name: 'Hallway upstairs' })
    t.equal(config.unique_id, configBefore?.unique_id)
    t.equal(config.default_entity_id, configBefore?.default_entity_id)
  }
})

t.test('an entity is available only while the server and the thermostat are online', async (t) => {
  for (const config of discoveryConfigs(FULL, PREFIXES, '1.2.3').values()) {
    t.match(config, {
      availability_mode: 'all',
      availability: [
        { topic: 'nolongerevil/status' },
        { topic: `nolongerevil/${SERIAL}/availability` },
      ],
      origin: { name: 'nle', sw_version: '1.2.3' },
    })
  }
})

t.test(
  'the temperature outside comes from the weather when the thermostat reports none',
  async (t) => {
    const { outdoor_temperature: _, ...device } = FULL.device
    const topic = `nolongerevil/${SERIAL}/ha/outdoor_temperature`
    const config = `homeassistant/sensor/nest_${SERIAL}/outdoor_temperature/config`
    const topics = (each: DeviceView) => deviceTopics(each, true, OPTIONS)
    const outdoor = { celsius: 8.5, staleInMs: 1 }
    t.equal(topics({ ...FULL, device, outdoor }).get(topic), '8.5')
    t.ok(topics({ ...FULL, device, outdoor }).has(config))
    t.equal(topics({ ...FULL, outdoor }).get(topic), '3.5', 'its own comes first')
    t.notOk(topics({ ...FULL, device }).has(topic))
    t.notOk(topics({ ...FULL, device }).has(config))
  },
)

t.test(
  'the limits of a number hold the value of now, also of a thermostat in Fahrenheit',
  async (t) => {
    const limits = (device: JsonObject) => {
      const configs = discoveryConfigs(thermostat(device), PREFIXES, '1')
      return (object: string) => configs.get(`homeassistant/number/nest_${SERIAL}/${object}/config`)
    }
    const celsius = limits({ away_temperature_low: 10, away_temperature_high: 28 })
    t.match(celsius('eco_temperature_low'), { min: 4.5, max: 21 })
    t.match(celsius('eco_temperature_high'), { min: 24, max: 32 })
    const fahrenheit = limits({ away_temperature_low: 4.44, away_temperature_high: 32.22 })
    t.match(fahrenheit('eco_temperature_low'), { min: 4, max: 21 })
    t.match(fahrenheit('eco_temperature_high'), { min: 24, max: 32.5 })
    t.match(limits({ fan_timer_duration: 900 })('fan_duration'), { min: 15, max: 720 })
    t.match(limits({ fan_timer_duration: 120 })('fan_duration'), { min: 0, max: 720 })
  },
)

t.test('a field that is named like a command topic is not published', async (t) => {
  const options = { ...OPTIONS, publishRaw: true }
  const odd = thermostat({ set: '{"target_humidity":40}' })
  const topics = [...deviceTopics(odd, true, options).keys()]
  t.ok(topics.includes(`nolongerevil/${SERIAL}/device/current_humidity`))
  t.notOk(topics.includes(`nolongerevil/${SERIAL}/device/set`))
})

t.test('announces only the features that a thermostat has', async (t) => {
  const objects = (each: DeviceView) =>
    [...discoveryConfigs(each, PREFIXES, '1').keys()].map((k) => parts(k)[1])
  const bare = objects(thermostat({ has_fan: false, has_air_filter: false }, { can_cool: false }))
  for (const absent of [
    'fan',
    'fan_duration',
    'fan_timer_remaining',
    'hot_water_boost',
    'target_humidity',
    'emergency_heat',
    'eco_temperature_high',
    'upper_safety_temp',
    'filter_reset',
    'outdoor_temperature',
  ]) {
    t.notOk(bare.includes(absent), absent)
  }
  for (const present of [
    'hot_water_boost',
    'hot_water_mode',
    'target_humidity',
    'emergency_heat',
    'temperature_lock',
    'lower_safety_temp',
    'filter_reset',
    'dismiss_pairing',
    'delivery',
    'schedule',
    'schedule_mode',
  ]) {
    t.ok(objects(FULL).includes(present), present)
  }
})

t.test('configurations do not change when measurements and settings do', async (t) => {
  const before = JSON.stringify([...discoveryConfigs(FULL, PREFIXES, '1')])
  const later = view({
    ...FULL,
    nowMs: FULL.nowMs + 3_600_000,
    shared: {
      ...FULL.shared,
      current_temperature: 3,
      target_temperature_type: 'off',
      hvac_heater_state: false,
    },
    device: { ...FULL.device, current_humidity: 3, fan_timer_timeout: 0, learning_mode: false },
  })
  t.equal(JSON.stringify([...discoveryConfigs(later, PREFIXES, '1')]), before)
})

t.test('before the first upload, publishes only the availability', async (t) => {
  const topics = deviceTopics(view({ hasUploaded: false }), false, OPTIONS)
  t.strictSame([...topics], [[`nolongerevil/${SERIAL}/availability`, 'offline']])
})

t.test('without discovery, publishes states and no configuration', async (t) => {
  const topics = deviceTopics(FULL, true, { ...OPTIONS, homeAssistantDiscovery: false })
  t.ok(topics.has(`nolongerevil/${SERIAL}/ha/mode`))
  t.notOk([...topics.keys()].some((topic) => topic.startsWith('homeassistant/')))
})

t.test('raw topics have buckets and fields as the existing server writes them', async (t) => {
  const each = thermostat({
    temperature_lock_pin_hash: 'do not tell',
    'odd/+#field': 1,
    nothing: null,
    empty: '',
  })
  const topics = deviceTopics(each, true, { ...OPTIONS, publishRaw: true })
  const raw = (name: string) => topics.get(`nolongerevil/${SERIAL}/${name}`)
  t.match(JSON.parse(raw('shared') ?? ''), { target_temperature: 19, name: '' })
  t.equal(raw('shared/can_heat'), 'True')
  t.equal(raw('shared/hvac_ac_state'), 'False')
  t.equal(raw('device/nothing'), 'None')
  t.equal(raw('device/current_humidity'), '47')
  t.match(JSON.parse(raw('device/eco') ?? ''), { mode: 'schedule' })
  t.equal(raw('device/empty'), undefined)
  t.notOk([...topics.values()].some((payload) => payload.includes('do not tell')))
  t.notOk([...topics.keys()].some((topic) => /[+#]/.test(topic)))
})
