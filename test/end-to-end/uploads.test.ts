import { readFileSync } from 'node:fs'
import { Chalk } from 'chalk'
import t, { type Test } from 'tap'
import { deviceTable, modeText, targetText } from '../../src/commands/format/device-table.ts'
import { differences } from '../../src/commands/format/event-lines.ts'
import { statusCard } from '../../src/commands/format/status-card.ts'
import { weekTable } from '../../src/commands/format/week-table.ts'
import type { JsonObject, JsonValue } from '../../src/protocol/bucket.ts'
import { COMMANDS } from '../../src/protocol/commands/plan-command.ts'
import { deviceTopics } from '../../src/protocol/mqtt/device-topics.ts'
import { scheduleOverview } from '../../src/protocol/schedule/week.ts'
import { isServerWritable } from '../../src/protocol/transport/writable-fields.ts'
import { viewOf } from '../../src/protocol/view/view-of.ts'
import { Device } from '../helpers/device.ts'
import { type Home, startHome } from '../helpers/home.ts'
import { mismatches, object } from '../helpers/json-schema.ts'
import { listedBody, nestedBody, speaksV3, type Upload, uploads } from '../helpers/uploads.ts'
import { complaints } from '../protocol/mqtt/home-assistant.ts'

// Uploads of thermostats of every kind go to a running server, as their firmware puts them. Every reader
// then shows them, and every command is sent.

const DOC = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as JsonObject
const CHALK = new Chalk({ level: 0 })
const MQTT = {
  topicPrefix: 'p',
  discoveryPrefix: 'homeassistant',
  homeAssistantDiscovery: true,
  publishRaw: true,
  version: '1.2.3',
}

/** What people see of each upload. */
const SEEN: Readonly<
  Record<
    string,
    { status: JsonObject; target: string; mode: string; topics: JsonObject; lines: number[] }
  >
> = {
  'display-4.0.6': {
    status: { name: 'Entryway', mode: 'heat', schedule_mode: 'HEAT', eco_mode: null },
    target: '68 °F',
    mode: 'heat',
    topics: { mode: 'heat', action: 'heating', target_temperature: '20', preset: 'home' },
    lines: [3, 2, 0, 0, 0, 0, 1],
  },
  'display-4.3.3': {
    status: { name: 'Upstairs', mode: 'cool', schedule_mode: 'COOL', eco_mode: 'schedule' },
    target: '77 °F',
    mode: 'cool',
    topics: { mode: 'cool', action: 'idle', target_temperature: '25', schedule_mode: 'COOL' },
    lines: [3, 0, 1, 0, 0, 0, 1],
  },
  'diamond-5.6.6': {
    status: { name: 'Downstairs', mode: 'off', schedule_mode: 'HEAT', eco_mode: 'schedule' },
    target: '–',
    mode: 'off',
    topics: { mode: 'off', action: 'off', target_temperature: '19.18' },
    lines: [2, 0, 0, 0, 0, 0, 0],
  },
  'display-5.9.4': {
    status: { name: 'Living Room', mode: 'heat', schedule_mode: 'HEAT', eco_target: null },
    target: '66 °F',
    mode: 'heat',
    topics: { mode: 'heat', action: 'heating', target_temperature: '19', eco: 'false' },
    lines: [3, 0, 0, 0, 0, 0, 0],
  },
  'heat-link-5.9.3': {
    status: { name: 'Snug', mode: 'heat', eco_mode: 'manual-eco', eco_target: 12, can_cool: false },
    target: '12 °C',
    mode: 'heat (eco)',
    topics: { target_temperature: '12', preset: 'eco', hot_water_mode: 'schedule' },
    lines: [2, 0, 0, 0, 0, 1, 0],
  },
  'heat-pump-5.9.4': {
    status: {
      name: 'Upper hall',
      mode: 'range',
      schedule_mode: 'RANGE',
      target_temperature: 21.94,
    },
    target: '67–76 °F',
    mode: 'heat-cool',
    topics: {
      mode: 'heat_cool',
      target_temperature: 'None',
      target_temperature_low: '19.44',
      target_temperature_high: '24.44',
      emergency_heat: 'OFF',
    },
    lines: [3, 0, 0, 1, 0, 0, 0],
  },
  'humidity-5.9.4': {
    status: { mode: 'cool', eco_mode: 'auto-eco', eco_target: 24.44444, humidity: 41 },
    target: '76 °F',
    mode: 'cool (eco)',
    topics: {
      target_temperature: '24.44',
      preset: 'away',
      occupancy: 'away',
      target_humidity: '45',
    },
    lines: [0, 0, 0, 0, 0, 0, 0],
  },
}

/** Puts the upload as the firmware does, and pairs the thermostat. */
async function arrives(t: Test, sent: Upload): Promise<Home> {
  const home = await startHome(t)
  const device = new Device(t, home, sent.serial)
  const { value: code } = object(await device.get('/nest/passphrase').json())
  await home.ask('POST', '/api/register', { code, userId: 'homeassistant' })
  const receipts = speaksV3(sent)
    ? await device.post('/nest/transport/v3/put', nestedBody(sent)).json()
    : await device.post('/nest/transport/put', listedBody(sent)).json()
  t.equal(Object.keys(object(receipts)).length, speaksV3(sent) ? sent.buckets.length : 1)
  return home
}

/** Fails when a text or an object shows what is not there. */
function nothingOdd(t: Test, shown: unknown, what: string): void {
  t.notMatch(
    typeof shown === 'string' ? shown : JSON.stringify(shown),
    /undefined|NaN|\[object/,
    what,
  )
}

t.test('every recorded upload is seen as the thermostat shows it', async (t) => {
  t.same(
    uploads().map(({ name }) => name),
    Object.keys(SEEN).sort(),
  )
  for (const sent of uploads()) {
    await t.test(`${sent.name}: ${sent.about}`, async (t) => {
      const { ask, server } = await arrives(t, sent)
      const seen = SEEN[sent.name]
      const { body } = await ask('GET', '/api/devices')
      const [status = {}] = body.devices as JsonObject[]
      t.match(status, { serial: sent.serial, software_version: sent.device.current_version })
      t.match(status, seen?.status ?? {})
      const schemas = object(object(DOC.components).schemas)
      t.same(mismatches(status, object(schemas.Status), 'status', DOC), [])
      const { schedule } = (await ask('GET', `/api/schedule?serial=${sent.serial}`)).body
      t.same(mismatches(schedule as JsonValue, object(schemas.Schedule), 'schedule', DOC), [])
      t.same(
        scheduleOverview(object(schedule)).map(({ lines }) => lines.length),
        seen?.lines,
      )

      t.equal(targetText(status), seen?.target)
      t.equal(modeText(status), seen?.mode)
      const options = {
        nowMs: 1_707_148_800_000,
        live: true,
        columns: 120,
        chalk: CHALK,
        owner: 'yours',
        ownerOf: () => 'yours',
      }
      nothingOdd(t, deviceTable([status], options), 'nle devices')
      nothingOdd(t, statusCard(status, [], options), 'nle status')
      nothingOdd(t, weekTable(object(schedule), { ...options, scale: 'C' }), 'nle schedule')
      nothingOdd(t, differences(undefined, status, options), 'nle watch')

      const state = await server.core.store.load(sent.serial)
      const view = viewOf(state, options.nowMs)
      const topics = view === undefined ? new Map() : deviceTopics(view, true, MQTT)
      for (const [topic, payload] of topics) {
        nothingOdd(t, payload, topic)
        if (topic.startsWith('homeassistant/')) t.same(complaints(topic, payload), [])
      }
      for (const [name, payload] of Object.entries(seen?.topics ?? {})) {
        t.equal(topics.get(`p/${sent.serial}/ha/${name}`), payload, name)
      }
    })
  }
})

/** A command with a value that fits, and the words that refuse it to a thermostat without the capability. */
type Row = readonly [
  command: string,
  value: JsonValue,
  needs?: readonly [flag: string, words: RegExp],
]

const DAY = { 0: { 0: { time: 21_600, temp: 20 } } }
const ROWS: readonly Row[] = [
  ['set_temperature', 21],
  ['set_temperature', { low: 18, high: 24 }],
  ['set_mode', 'off'],
  ['set_mode', 'heat', ['can_heat', /does not support heating/]],
  ['set_mode', 'cool', ['can_cool', /does not support cooling/]],
  ['set_mode', 'heat-cool', ['can_cool', /does not support both heating and cooling/]],
  ['set_mode', 'emergency', ['has_emer_heat', /does not support emergency heat/]],
  ['set_name', 'Hallway'],
  ['set_away', true],
  ['set_away', false],
  ['set_fan', 'on', ['has_fan', /does not control a fan/]],
  ['set_fan', 1800, ['has_fan', /does not control a fan/]],
  ['set_fan', 'auto', ['has_fan', /does not control a fan/]],
  ['set_eco_temperatures', { low: 12, high: 28 }],
  ['set_schedule', { schedule_mode: 'HEAT', days: DAY }],
  ['set_schedule', { schedule_mode: 'COOL', days: DAY }],
  ['set_schedule', { days: {} }],
  ['set_schedule_mode', 'HEAT'],
  ['set_device_setting', { learning_mode: true, temperature_scale: 'C' }],
]

t.test('every command is accepted, or refused by what the thermostat can do', async (t) => {
  t.same(new Set(ROWS.map(([command]) => command)), new Set(Object.keys(COMMANDS)))
  for (const sent of uploads()) {
    await t.test(sent.name, async (t) => {
      const { ask } = await arrives(t, sent)
      const { serial } = sent
      const path = `/status?serial=${serial}`
      const able = (await ask('GET', path)).body.capabilities as JsonObject
      for (const [command, value, [flag, words] = ['', /./]] of ROWS) {
        const what = `${command} ${JSON.stringify(value)}`
        const { status, body } = await ask('POST', '/command', { serial, command, value })
        if (flag !== '' && able[flag] !== true) {
          t.match({ status, body }, { status: 400, body: { message: words } }, what)
          continue
        }
        t.equal(status, 200, `${what}: ${body.message}`)
        const { object_key, values } = body.data as { object_key: string; values: JsonObject }
        nothingOdd(t, values, what)
        t.ok(
          Object.keys(values).every((field) => isServerWritable(object_key, field)),
          what,
        )
        nothingOdd(t, (await ask('GET', path)).body, what)
      }
      const changes = (await ask('GET', `/api/changes?serial=${serial}`)).body
      nothingOdd(t, changes, 'nle changes')
      const shown = (await ask('GET', path)).body
      t.match(shown, { schedule_mode: 'HEAT', away: false }, 'D7: readers see what was asked')
    })
  }
})
