// Counts MQTT messages per thermostat: what nle publishes, beside publishing everything at every change
// as the existing server does.
//
//   node bench/mqtt-messages.ts
import type { JsonObject } from '../src/protocol/bucket.ts'
import { nextChangeMs } from '../src/protocol/mqtt/countdown.ts'
import { deviceTopics } from '../src/protocol/mqtt/device-topics.ts'
import type { DeviceView } from '../src/protocol/view/device-view.ts'
import { factoryBuckets } from '../src/virtual/device/factory-buckets.ts'
import { createProfile } from '../src/virtual/index.ts'

const SERIAL = '02AA01AC31140001'
const START_MS = Date.UTC(2026, 0, 15, 12)
const HOUR_MS = 3_600_000

/** A report of the thermostat, at a minute of the hour. */
interface DeviceReport {
  readonly minute: number
  readonly shared?: JsonObject
  readonly device?: JsonObject
}

function factoryState(): { shared: JsonObject; device: JsonObject } {
  const profile = createProfile({ serial: SERIAL, origin: 'http://127.0.0.1:1' })
  const buckets = factoryBuckets(profile)
  const value = (type: string): JsonObject =>
    (buckets.find(({ key }) => key.startsWith(`${type}.`))?.value ?? {}) as JsonObject
  return { shared: value('shared'), device: value('device') }
}

function topics(
  state: { shared: JsonObject; device: JsonObject },
  nowMs: number,
  publishRaw: boolean,
): { all: Map<string, string>; view: DeviceView } {
  const view: DeviceView = {
    serial: SERIAL,
    nowMs,
    givenName: null,
    hasUploaded: true,
    ...state,
    structure: { name: 'Home' },
    structureKey: 'structure.default',
    schedule: undefined,
    where: {},
  }
  const all = deviceTopics(view, true, {
    topicPrefix: 'nolongerevil',
    discoveryPrefix: 'homeassistant',
    publishRaw,
    homeAssistantDiscovery: true,
    version: '0',
  })
  return { all, view }
}

interface Count {
  messages: number
  bytes: number
}

/** Plays an hour; counts what nle publishes, and what publishing everything each time would. */
function play(reports: readonly DeviceReport[], publishRaw: boolean) {
  const state = factoryState()
  let known = topics(state, START_MS, publishRaw).all
  const least: Count = { messages: 0, bytes: 0 }
  const everything: Count = { messages: 0, bytes: 0 }
  const publishChanges = (atMs: number): DeviceView => {
    const { all, view } = topics(state, atMs, publishRaw)
    for (const [topic, payload] of all) {
      if (known.get(topic) === payload) continue
      least.messages += 1
      least.bytes += topic.length + payload.length
    }
    known = all
    return view
  }
  let atMs = START_MS
  /** Publishes countdowns, which change without a report. */
  const passTime = (untilMs: number): void => {
    for (;;) {
      const next = nextChangeMs(topics(state, atMs, publishRaw).view)
      if (next === undefined || atMs + next + 20 > untilMs) break
      atMs += next + 20
      publishChanges(atMs)
    }
    atMs = untilMs
  }
  for (const { minute, shared, device } of reports) {
    passTime(START_MS + minute * 60_000)
    Object.assign(state.shared, shared)
    Object.assign(state.device, device)
    publishChanges(atMs)
    for (const [topic, payload] of known) {
      everything.messages += 1
      everything.bytes += topic.length + payload.length
    }
  }
  passTime(START_MS + HOUR_MS)
  return { least, everything }
}

const every = (
  minutes: number,
  make: (i: number) => Omit<DeviceReport, 'minute'>,
): DeviceReport[] =>
  Array.from({ length: Math.floor(60 / minutes) }, (_, i) => ({ minute: i * minutes, ...make(i) }))

const IDLE: DeviceReport[] = [
  // What a thermostat reports in a quiet hour.
  ...every(10, (i) => ({ shared: { current_temperature: 20.5 + (i % 2) / 10 } })),
  ...every(20, (i) => ({ device: { current_humidity: 42 + (i % 2) } })),
  ...every(30, (i) => ({ device: { rssi: 68 + i, battery_level: 3.93 + i / 1000 } })),
].toSorted((a, b) => a.minute - b.minute)

const untilS = START_MS / 1000 + 1800
const CASES: readonly [string, readonly DeviceReport[]][] = [
  ['an hour in which nothing is reported', []],
  ['an idle hour: 11 reports', IDLE],
  ['one change: the room is 0.1 °C warmer', [{ minute: 0, shared: { current_temperature: 20.6 } }]],
  ['one change: a new setpoint', [{ minute: 0, shared: { target_temperature: 21 } }]],
  ['one change: mode, heat to off', [{ minute: 0, shared: { target_temperature_type: 'off' } }]],
  ['one change: the heating starts', [{ minute: 0, shared: { hvac_heater_state: true } }]],
  [
    'the fan for half an hour, minute by minute',
    [{ minute: 0, device: { fan_timer_timeout: untilS } }],
  ],
]

const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

for (const publishRaw of [false, true]) {
  const { all } = topics(factoryState(), START_MS, publishRaw)
  const configs = [...all.keys()].filter((topic) => topic.endsWith('/config')).length
  print(
    `${publishRaw ? 'with' : 'without'} raw topics: ${all.size} topics per thermostat, ${configs} of them configurations`,
  )
  print(`  ${''.padEnd(44)}${'nle'.padStart(16)}${'everything'.padStart(22)}`)
  for (const [name, reports] of CASES) {
    const { least, everything } = play(reports, publishRaw)
    const cell = ({ messages, bytes }: Count): string =>
      `${messages} (${(bytes / 1024).toFixed(1)} kB)`
    print(`  ${name.padEnd(44)}${cell(least).padStart(16)}${cell(everything).padStart(22)}`)
  }
}
