import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Draft } from '../../../src/protocol/thermostat/draft.ts'
import { complaints } from '../../protocol/mqtt/home-assistant.ts'
import { Broker, NO_BROKER } from './broker.ts'
import { LoggedServer } from './logged-server.ts'
import { Watcher } from './watcher.ts'

const SERIAL = '02AA01AC00000001'
const OTHER = '02AA01AC00000002'
const STATE = `nolongerevil/${SERIAL}/ha`
const CLIMATE = `homeassistant/climate/nest_${SERIAL}/thermostat/config`

async function setUp(t: Test, env: Readonly<Record<string, string>> = {}) {
  const broker = await Broker.start()
  t.teardown(() => broker.stop())
  const nle = await LoggedServer.open(broker, env)
  t.teardown(() => nle.close())
  const watcher = await Watcher.connect(broker)
  t.teardown(() => watcher.end())
  return { broker, nle, watcher }
}

t.test(
  'publishes everything about a paired thermostat, retained',
  { skip: NO_BROKER },
  async (t) => {
    const { nle, watcher } = await setUp(t)
    await watcher.value('nolongerevil/status', 'online')
    await nle.pair(SERIAL, { currentTemperature: 20.5, targetTemperature: 20 })
    await watcher.value(`nolongerevil/${SERIAL}/device/current_schedule_mode`, 'HEAT')
    await watcher.value(`nolongerevil/${SERIAL}/availability`, 'online')
    t.match(
      Object.fromEntries(
        [...watcher.topics]
          .filter(([topic]) => topic.startsWith(`${STATE}/`))
          .map(([topic, payload]) => [topic.slice(STATE.length + 1), payload]),
      ),
      {
        current_temperature: '20.5',
        current_humidity: '42',
        target_temperature: '20',
        mode: 'heat',
        action: /^(idle|heating)$/,
        fan_mode: 'auto',
        preset: 'home',
        occupancy: 'home',
        fan_running: 'false',
        eco: 'false',
        battery: '86',
        rssi: '-68',
        local_ip: '192.0.2.20',
        fan_timer_remaining: '0',
        fan_duration: '15',
        learning_mode: 'true',
        temperature_lock: 'OFF',
      },
    )
    const configs = [...watcher.topics].filter(([topic]) => topic.endsWith('/config'))
    t.ok(configs.length > 20)
    t.strictSame(
      configs.flatMap(([topic, payload]) => complaints(topic, payload)),
      [],
    )
    const late = await Watcher.connect(watcher)
    t.teardown(() => late.end())
    await late.until(({ topics }) => topics.size === watcher.topics.size)
    t.ok(
      late.messages.every(({ retained }) => retained),
      'every message is retained',
    )
  },
)

t.test(
  'publishes nothing about an unpaired thermostat, and clears its topics when it is unpaired',
  { skip: NO_BROKER },
  async (t) => {
    const { nle, watcher } = await setUp(t)
    const stranger = nle.startThermostat(OTHER)
    await stranger.whenCode()
    await nle.pair(SERIAL)
    await watcher.value(`nolongerevil/${SERIAL}/device/current_schedule_mode`, 'HEAT')
    await watcher.until(({ topics }) => topics.has(CLIMATE))
    const about = (serial: string) =>
      [...watcher.topics.keys()].filter((topic) => topic.includes(serial))
    t.ok(about(SERIAL).length > 200)
    t.strictSame(about(OTHER), [])
    await nle.api('DELETE', `/api/registered-devices/${SERIAL}?userId=homeassistant`)
    await watcher.until(() => about(SERIAL).length === 0)
    t.pass('every topic is cleared')
  },
)

t.test('publishes only the topics that change', { skip: NO_BROKER }, async (t) => {
  const { nle, watcher } = await setUp(t)
  const thermostat = await nle.pair(SERIAL)
  await watcher.value(`nolongerevil/${SERIAL}/device/current_schedule_mode`, 'HEAT')
  await watcher.value(`nolongerevil/${SERIAL}/availability`, 'online')
  await watcher.catchUp()
  const before = watcher.messages.length
  thermostat.sense({ currentTemperature: 20.7 })
  await watcher.value(`${STATE}/current_temperature`, '20.7')
  await watcher.until(({ messages }) =>
    messages.slice(before).some(({ topic }) => topic.endsWith('/shared')),
  )
  await watcher.catchUp()
  const topics = watcher.messages.slice(before).map(({ topic }) => topic)
  t.strictSame(topics.filter((topic) => !topic.startsWith('watcher/')).sort(), [
    `nolongerevil/${SERIAL}/device/current_temperature`,
    `${STATE}/current_temperature`,
    `nolongerevil/${SERIAL}/shared`,
    `nolongerevil/${SERIAL}/shared/current_temperature`,
  ])
})

t.test(
  'publishes every configuration again, and nothing else, when Home Assistant starts',
  { skip: NO_BROKER },
  async (t) => {
    const { nle, watcher } = await setUp(t)
    await nle.pair(SERIAL)
    await watcher.value(`nolongerevil/${SERIAL}/availability`, 'online')
    await watcher.value(`nolongerevil/${SERIAL}/device/current_schedule_mode`, 'HEAT')
    // The last topic of all.
    await watcher.value(`nolongerevil/${SERIAL}/device/away`, 'false')
    await watcher.catchUp()
    const configs = [...watcher.topics.keys()].filter((topic) => topic.endsWith('/config'))
    const before = watcher.messages.length
    for (let i = 0; i < 20; i++) await watcher.publish('homeassistant/status', 'online')
    const again = () =>
      watcher.messages
        .slice(before)
        .filter(({ topic }) => !/^(watcher|homeassistant\/status)/.test(topic))
    await watcher.until(() => again().length >= configs.length)
    await watcher.catchUp()
    t.strictSame(
      again()
        .map(({ topic }) => topic)
        .sort(),
      [...configs].sort(),
    )
    t.ok(again().every(({ payload }) => payload !== ''))
  },
)

t.test(
  'publishes everything again after the broker restarts without its messages',
  { skip: NO_BROKER },
  async (t) => {
    const { broker, nle } = await setUp(t, { DEFER_DEVICE_WINDOW: '0' })
    const thermostat = await nle.pair(SERIAL)
    const before = await Watcher.connect(broker)
    await before.value(`nolongerevil/${SERIAL}/device/current_schedule_mode`, 'HEAT')
    await before.end()
    await broker.signal('SIGKILL')
    await nle.log.until(({ event }) => event === 'MQTT broker lost')
    thermostat.turnDial(23.5)
    await broker.run()
    const after = await Watcher.connect(broker)
    t.teardown(() => after.end())
    await after.value('nolongerevil/status', 'online')
    await after.value(`${STATE}/target_temperature`, '23.5')
    await after.until(({ topics }) => topics.has(CLIMATE))
    await after.publish(`${STATE}/target_temperature/set`, '18')
    await after.value(`${STATE}/target_temperature`, '18')
    t.pass('commands arrive')
  },
)

t.test(
  'the last will says offline after a lost connection, and the server says it when it stops',
  { skip: NO_BROKER },
  async (t) => {
    const { broker, watcher } = await setUp(t)
    const second = await LoggedServer.open(broker, { MQTT_TOPIC_PREFIX: 'second' })
    await watcher.value('second/status', 'online')
    await second.close()
    await watcher.value('second/status', 'offline')
    const third = await LoggedServer.open(broker, { MQTT_TOPIC_PREFIX: 'third' })
    await watcher.value('third/status', 'online')
    const { clientId } = await third.api('GET', '/api/mqtt-config')
    // The broker drops a connection when another client uses the same client id.
    const intruder = await Watcher.connect(broker, 'none', String(clientId))
    await watcher.value('third/status', 'offline')
    await intruder.end()
    await watcher.value('third/status', 'online')
    await third.close()
  },
)

t.test('publishes and commands fifty thermostats', { skip: NO_BROKER }, async (t) => {
  const { nle, watcher } = await setUp(t)
  const serials = Array.from(
    { length: 50 },
    (_, i) => `02AA01AC000001${String(i).padStart(2, '0')}`,
  )
  const thermostats = await Promise.all(serials.map((serial) => nle.pair(serial)))
  await watcher.until(({ topics }) =>
    serials.every((serial) => topics.get(`nolongerevil/${serial}/availability`) === 'online'),
  )
  await watcher.until(({ topics }) =>
    serials.every((serial) => topics.has(`nolongerevil/${serial}/device/current_schedule_mode`)),
  )
  await Promise.all(
    serials.map((serial, i) =>
      watcher.publish(`nolongerevil/${serial}/ha/target_temperature/set`, String(10 + i / 4)),
    ),
  )
  await Promise.all(
    thermostats.map((thermostat, i) =>
      thermostat.waitFor(
        'its setpoint',
        (each) => each.value('shared').target_temperature === 10 + i / 4,
      ),
    ),
  )
  await watcher.until(({ topics }) =>
    serials.every(
      (serial, i) =>
        topics.get(`nolongerevil/${serial}/ha/target_temperature`) ===
        String(Math.round((10 + i / 4) * 100) / 100),
    ),
  )
  t.equal(nle.log.lines.filter(({ level }) => level === 'error').length, 0)
})

t.test(
  'refuses a flood of garbage, changes nothing, and still serves a good command',
  { skip: NO_BROKER },
  async (t) => {
    const { nle, watcher } = await setUp(t)
    const thermostat = await nle.pair(SERIAL)
    await watcher.value(`nolongerevil/${SERIAL}/device/current_schedule_mode`, 'HEAT')
    const { store } = nle.server.core
    const buckets = async () => JSON.stringify([...(await store.load(SERIAL)).buckets.values()])
    const countChanges = async () => (await store.recentCommands(SERIAL, 100)).flat().length
    const before = await buckets()
    const changes = await countChanges()
    const topics = [
      `${STATE}/mode/set`,
      `${STATE}/target_temperature/set`,
      `${STATE}/target_temperature_low/set`,
      `${STATE}/preset/set`,
      `${STATE}/schedule/set`,
      `${STATE}/nothing/set`,
      `nolongerevil/${SERIAL}/device/current_humidity/set`,
      `nolongerevil/${SERIAL}/device/eco/set`,
      `nolongerevil/${SERIAL}/shared/__proto__/set`,
      'nolongerevil/02AA01AC09999999/ha/mode/set',
      'nolongerevil/x/y/z/set',
    ]
    const payloads = [
      '',
      'garbage',
      '{"a":',
      '[[[[[[1]]]]]]',
      '1e999',
      'null',
      Buffer.from([0xff, 0xfe, 0x00, 0x80]),
      'x'.repeat(100_000),
      '5000',
    ]
    for (let i = 0; i < 2_000; i++) {
      void watcher.publish(topics[i % topics.length] ?? '', payloads[i % payloads.length] ?? '')
    }
    for (const topic of topics) await watcher.publish(topic, 'garbage', true)
    await watcher.publish(`${STATE}/target_temperature/set`, '22.5')
    await watcher.value(`${STATE}/target_temperature`, '22.5')
    await thermostat.waitFor(
      'the setpoint',
      (each) => each.value('shared').target_temperature === 22.5,
    )
    t.equal(await countChanges(), changes + 1, 'one change: that of the good command')
    const fields = (text: string) =>
      (JSON.parse(text) as { objectKey: string; value: object }[])
        .filter(({ objectKey }) => !objectKey.startsWith('shared.'))
        .map(({ value }) => value)
    t.strictSame(fields(await buckets()), fields(before))
    const lines = nle.log.of('MQTT message refused')
    t.ok(lines.length > 0 && lines.length <= 20, `${lines.length} lines`)
    t.equal(nle.log.lines.filter(({ level }) => level === 'error').length, 0)
    t.notMatch(JSON.stringify(nle.log.lines), /a secret of the tests/)
  },
)

t.test(
  'several fields at once are set together, or refused together with a line that says why',
  { skip: NO_BROKER },
  async (t) => {
    const { nle, watcher } = await setUp(t)
    const thermostat = await nle.pair(SERIAL)
    await watcher.value(`nolongerevil/${SERIAL}/device/current_schedule_mode`, 'HEAT')
    const set = (bucket: string, fields: object) =>
      watcher.publish(`nolongerevil/${SERIAL}/${bucket}/set`, JSON.stringify(fields))
    await set('shared', { target_temperature: 30, target_temperature_type: 'emergency' })
    await set('shared', { target_temperature: 33 })
    await set('device', { learning_mode: false, current_humidity: 50 })
    await set('device', { learning_mode: false, away_temperature_low: 30 })
    await set('shared', { target_temperature: 22.5, target_temperature_type: 'cool' })
    await thermostat.waitFor('setpoint and mode', (each) => {
      const { target_temperature, target_temperature_type } = each.value('shared')
      return target_temperature === 22.5 && target_temperature_type === 'cool'
    })
    t.strictSame(
      nle.log.of('MQTT message refused').map(({ fields }) => String(fields.reason).slice(0, 60)),
      [
        'mode emergency: this thermostat does not support emergency h',
        'temperature must be from 4.5 to 32 °C, not 33',
        'current_humidity is not a setting that may be written; did y',
        'away_temperature_low must be from 4.5 to 21 °C, not 30',
      ],
    )
    const accepted = (await nle.server.core.store.recentCommands(SERIAL, 100)).flat()
    t.strictSame(
      accepted.map(({ command }) => command).sort(),
      ['set_mode', 'set_temperature'],
      'nothing of the refused ones',
    )
  },
)

t.test(
  'publishes an event for a change that the thermostat ignored',
  { skip: NO_BROKER },
  async (t) => {
    const { nle, watcher } = await setUp(t)
    await nle.pair(SERIAL)
    await watcher.value(`nolongerevil/${SERIAL}/device/current_schedule_mode`, 'HEAT')
    const { core } = nle.server
    await core.writer.decide(SERIAL, (input) => {
      const draft = new Draft(input)
      const change = draft.addChange({
        command: 'set_temperature',
        objectKey: `shared.${SERIAL}`,
        fields: { target_temperature: 30 },
        kind: 'setpoint',
        createdAtMs: 0,
        expiresAtSteadyMs: null,
      })
      draft.saveChange({ ...change, state: 'ignored', endedAtMs: 1, reason: 'not taken' })
      return draft.decision(undefined)
    })
    const event = await watcher.until(({ messages }) =>
      messages.find(({ topic }) => topic === `${STATE}/delivery`),
    )
    t.match(JSON.parse(event.payload), {
      event_type: 'ignored',
      command: 'set_temperature',
      fields: { target_temperature: 30 },
      reason: 'not taken',
    })
    t.equal(event.retained, false)
  },
)

t.test(
  'clears the topics of thermostats that were unpaired while the broker was away',
  { skip: NO_BROKER },
  async (t) => {
    const database = join(t.testdir(), 'nle.sqlite')
    const before = await LoggedServer.open(undefined, {}, database)
    const options = { hasFan: false }
    await before.pair(SERIAL, options)
    await before.pair(OTHER)
    await before.api('DELETE', `/api/registered-devices/${OTHER}?userId=homeassistant`)
    await before.close()
    const broker = await Broker.start()
    t.teardown(() => broker.stop())
    const watcher = await Watcher.connect(broker)
    t.teardown(() => watcher.end())
    const deleted = '02AA01AC00000099'
    const foreign = '02AA01AC00000098'
    const config = (serial: string, component = 'climate', object = 'thermostat') =>
      `homeassistant/${component}/nest_${serial}/${object}/config`
    const retain = (topic: string, payload: string) => watcher.publish(topic, payload, true)
    // Unpaired here, announced by the existing server.
    await retain(config(OTHER), '{}')
    await retain(config(OTHER, 'sensor', 'rssi'), '{}')
    await retain(`nolongerevil/${OTHER}/ha/mode`, 'heat')
    // No longer on file, announced by an older nle.
    await retain(config(deleted), '{"origin":{"name":"nle","sw_version":"0"}}')
    await retain(`nolongerevil/${deleted}/device/leaf`, 'True')
    // A fan, which this thermostat does not have, announced by the existing server.
    await retain(config(SERIAL), '{}')
    await retain(config(SERIAL, 'binary_sensor', 'fan'), '{}')
    // A thermostat of another server, and an entity of another device.
    await retain(config(foreign), '{}')
    await retain(`nolongerevil/${foreign}/ha/mode`, 'heat')
    await retain('homeassistant/climate/somebody/thermostat/config', '{}')

    const after = await LoggedServer.open(broker, {}, database)
    t.teardown(() => after.close())
    await watcher.until(
      ({ topics }) =>
        ![...topics.keys()].some((topic) => topic.includes(OTHER) || topic.includes(deleted)) &&
        !topics.has(config(SERIAL, 'binary_sensor', 'fan')) &&
        topics.get(config(SERIAL))?.includes('origin'),
    )
    await watcher.catchUp()
    t.equal(watcher.topics.get(config(foreign)), '{}')
    t.equal(watcher.topics.get(`nolongerevil/${foreign}/ha/mode`), 'heat')
    t.ok(watcher.topics.has('homeassistant/climate/somebody/thermostat/config'))
    t.ok(watcher.topics.has(config(SERIAL, 'sensor', 'temperature')))
  },
)
