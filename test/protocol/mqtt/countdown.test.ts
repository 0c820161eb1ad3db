import t from 'tap'
import { nextChangeMs } from '../../../src/protocol/mqtt/countdown.ts'
import { deviceTopics } from '../../../src/protocol/mqtt/device-topics.ts'
import { bucket, NOW_MS, NOW_S, SCHEDULE, SERIAL, view } from '../make.ts'

const OPTIONS = {
  topicPrefix: 'p',
  discoveryPrefix: 'd',
  publishRaw: false,
  homeAssistantDiscovery: false,
  version: '1',
}
const BASE = view()
const at = (ms: number, device: object) =>
  view({ nowMs: NOW_MS + ms, device: { ...BASE.device, ...device } })

t.test('nothing changes by itself while no timer runs', async (t) => {
  t.equal(nextChangeMs(view()), undefined)
  t.equal(nextChangeMs(at(0, { fan_timer_timeout: NOW_S - 1, time_to_target: 600 })), undefined)
})

t.test('weather that grows too old changes what is published', async (t) => {
  t.equal(nextChangeMs(view({ outdoor: { celsius: 8, staleInMs: 5_000 } })), 5_000)
  const soon = {
    ...at(0, { fan_timer_timeout: NOW_S + 2 }),
    outdoor: { celsius: 8, staleInMs: 5_000 },
  }
  t.equal(nextChangeMs(soon), 2_000)
})

t.test('the next setpoint changes what is published when it is there', async (t) => {
  const entry = { type: 'HEAT', time: 12 * 3600, entry_type: 'setpoint', temp: 20 }
  const days = Object.fromEntries([0, 1, 2, 3, 4, 5, 6].map((day) => [day, { 0: entry }]))
  const onSchedule = (nowMs: number, mode = 'heat') =>
    view({
      nowMs,
      localOffsetS: () => 0,
      shared: { ...BASE.shared, target_temperature_type: mode },
      schedule: bucket(SCHEDULE, { schedule_mode: 'HEAT', days }),
    })
  const shown = (nowMs: number, mode?: string): unknown => {
    const topic = deviceTopics(onSchedule(nowMs, mode), true, OPTIONS).get(
      `p/${SERIAL}/ha/schedule`,
    )
    return JSON.parse(topic ?? '{}')
  }
  const noonMs = Date.UTC(2024, 2, 29, 12)
  t.equal(nextChangeMs(onSchedule(noonMs - 5_000)), 5_000)
  t.match(shown(noonMs - 5_000), {
    schedule_mode: 'HEAT',
    days: { 0: {} },
    next_setpoint: { at: '2024-03-29T12:00:00.000Z', temperature: 20 },
    next_text: '68 °F on Friday at 12:00',
  })
  t.match(shown(noonMs), { next_text: '68 °F on Saturday at 12:00' })
  t.match(shown(noonMs, 'off'), { next_setpoint: null, next_text: 'nothing' })
  t.equal(nextChangeMs(onSchedule(noonMs, 'off')), undefined)
})

t.test('published values change exactly when nextChangeMs says', async (t) => {
  const timers = {
    fan_timer_timeout: NOW_S + 125,
    time_to_target: NOW_S + 90,
    hot_water_boost_time_to_end: NOW_S + 30,
    has_hot_water_control: true,
  }
  const topics = (ms: number) => JSON.stringify([...deviceTopics(at(ms, timers), true, OPTIONS)])
  let ms = 0
  const steps: number[] = []
  for (;;) {
    const next = nextChangeMs(at(ms, timers))
    if (next === undefined) break
    for (let between = 1_000; between < next; between += 1_000) {
      t.equal(topics(ms + between), topics(ms + 1), `nothing new ${between} ms after ${ms}`)
    }
    ms += next
    t.not(topics(ms + 1), topics(ms - 1), `something new at ${ms}`)
    steps.push(ms)
  }
  t.strictSame(steps, [5_000, 30_000, 65_000, 90_000, 125_000])
})

t.test('reads time to target as an instant or as seconds left', async (t) => {
  const minutes = (value: unknown) =>
    deviceTopics(at(0, { time_to_target: value }), true, OPTIONS).get(
      `p/${SERIAL}/ha/time_to_target`,
    )
  t.equal(minutes(NOW_S + 600), '10')
  t.equal(minutes(NOW_S - 600), '0')
  t.equal(minutes(0), '0')
  t.equal(minutes(601), '11')
  t.equal(minutes('soon'), undefined)
})
