import t from 'tap'
import { modelProfile } from '../../src/virtual/index.ts'
import { Household, type Resident } from './household.ts'
import { RecordingProxy } from './recording-proxy.ts'

/** Second generation, firmware 4.0.6: transport v3. */
const OLD = '02AA01AC0000000040'
/** Third generation, heats and cools. */
const NEW = '02AA01AC0000000059'
/** Third generation on a boiler. */
const BOILER = '02AA01AC0000000056'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const V3 = '/nest/transport/v3'

const WEEK = {
  ver: 2,
  name: 'Autumn',
  schedule_mode: 'HEAT',
  days: Object.fromEntries(
    [...'0123456'].map((day) => [
      day,
      { '0': { type: 'HEAT', time: 21_600, entry_type: 'setpoint', temp: 19 } },
    ]),
  ),
}

/** The answer to a poll, byte by byte, with one bucket (V6) or none (V7); the date is the machine's. */
function pollAnswer(
  sentAtMs: number,
  push?: { key: string; version: number; body: string },
): string {
  const { key, version, body } = push ?? { key: '', version: 0, body: '' }
  const expectsAnswer = body.includes('"target_change_pending":true')
  const lines = [
    'HTTP/1.1 200 OK',
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
    'Cross-Origin-Resource-Policy: same-origin',
    'Referrer-Policy: no-referrer',
    'X-Content-Type-Options: nosniff',
    'X-Frame-Options: DENY',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'X-nl-suspend-time-max: 300',
    `X-nl-service-timestamp: ${sentAtMs}`,
    'X-nl-defer-device-window: 15',
    ...(expectsAnswer ? ['X-nl-disable-defer-window: 60'] : []),
    ...(push === undefined
      ? []
      : [
          `X-nl-skv-key: ${key}`,
          `X-nl-skv-version: ${version}`,
          `X-nl-skv-timestamp: ${sentAtMs}`,
        ]),
    'Date: …',
    'Connection: keep-alive',
    'Keep-Alive: timeout=65',
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

const withoutDate = (answer: string) => answer.replace(/^Date: .*$/m, 'Date: …')
const bodyOf = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n') + 4)
const pushed = ({ log }: Resident) =>
  log.flatMap((entry) =>
    entry.kind === 'push' && entry.outcome !== 'uploadAsked' ? [[entry.key, entry.value]] : [],
  )

t.test(
  'a day of a mixed household: what each thermostat was sent (P9, S4, V3, V6, V7, V8)',
  async (t) => {
    const household = await Household.empty(t)
    const { timers } = household.clock
    const dayEndsMs = timers.nowMs() + 24 * HOUR_MS
    const proxy = await RecordingProxy.open(t, household.server.deviceUrl)
    const viaProxy = { origin: proxy.origin, followEntryUrls: false }
    const old = await household.moveIn(OLD, {
      ...modelProfile({ firmware: '4.0.6' }),
      sharedFields: { schedule_mode: 'HEAT' },
      ...viaProxy,
    })
    const modern = await household.moveIn(NEW, modelProfile({ firmware: '5.9.4' }))
    const boiler = await household.moveIn(
      BOILER,
      modelProfile({ firmware: '5.6.6', kind: 'heat-only' }),
    )
    const residents = [old, modern, boiler]
    const all = [OLD, NEW, BOILER]
    /** The pushes that the old thermostat must get, with the time of each. */
    const expected: string[] = []
    const expect = (key: string, version: number, value: object) => {
      expected.push(pollAnswer(timers.nowMs(), { key, version, body: JSON.stringify(value) }))
    }
    const commandAll = async (command: string, value: unknown) => {
      const accepted = []
      for (const serial of all) accepted.push(await household.command(command, value, serial))
      return accepted
    }
    const seconds = () => Math.floor(timers.nowMs() / 1000)

    await t.test('each boots and is paired by the code on its screen', async (t) => {
      t.match(proxy.answersTo(`${V3}/device/device.${OLD}`).map(bodyOf), [
        /^\{"device_alert_dialog":\{"02AA01AC0000000040":\{"\$version":1,"\$timestamp":\d+\}\}\}$/,
      ])
      const mark = `{"$version":1,"$timestamp":${timers.nowMs() - 15_000}}`
      const receipt = (type: string) => `"${type}":{"${OLD}":${mark}}`
      t.strictSame(proxy.answersTo(`${V3}/put`).map(bodyOf), [
        `{${['device', 'shared', 'schedule'].map(receipt).join(',')}}`,
      ])
      for (const { thermostat } of residents) await household.pair(thermostat)
      expect('user.homeassistant', 1, { name: 'homeassistant' })
      expect('structure.default', 1, { name: 'Home', devices: [OLD] })
      await household.pass(20_000)
      for (const resident of residents) {
        const [user, structure, ...more] = pushed(resident)
        t.strictSame(user, ['user.homeassistant', { name: 'homeassistant' }])
        t.match(structure, ['structure.default', { name: 'Home' }])
        t.strictSame(more, [])
      }
    })

    await t.test('in the morning a person sets temperatures', async (t) => {
      await household.pass(HOUR_MS)
      const accepted = await commandAll('set_temperature', 20.5)
      const value = {
        target_temperature: 20.5,
        target_change_pending: true,
        touched_by: { touched_by: 3, touched_at: seconds(), touched_user_id: '' },
      }
      expect(`shared.${OLD}`, 2, value)
      await household.pass(MINUTE_MS)
      for (const each of accepted) t.equal(await household.stateOf(each), 'confirmed')
      t.strictSame(pushed(modern).at(-1), [`shared.${NEW}`, value])
      t.strictSame(pushed(boiler).at(-1), [`shared.${BOILER}`, value])
    })

    await t.test('a boiler refuses to cool, and is sent nothing', async (t) => {
      const before = pushed(boiler).length
      t.match(await household.command('set_mode', 'cool', BOILER), { success: false })
      await household.pass(MINUTE_MS)
      t.equal(pushed(boiler).length, before)
    })

    await t.test('each follows a new schedule after its quiet period (D6)', async (t) => {
      await household.pass(2 * HOUR_MS)
      const accepted = await commandAll('set_schedule', WEEK)
      expect(`schedule.${OLD}`, 2, WEEK)
      await household.pass(MINUTE_MS)
      for (const each of accepted) t.equal(await household.stateOf(each), 'confirmed')
      for (const { log, thermostat } of residents) {
        t.equal(log.filter(({ kind }) => kind === 'scheduleApplied').length, 1)
        t.match(thermostat.value('schedule'), WEEK)
      }
    })

    await t.test(
      'a turn of the dial is put, and answered by a receipt alone (V3, U5)',
      async (t) => {
        const before = proxy.answersTo(`${V3}/put`).length
        old.thermostat.turnDial(20)
        await household.pass(MINUTE_MS)
        const receipts = proxy.answersTo(`${V3}/put`).slice(before)
        const { revision, timestamp } = old.thermostat.buckets().get(`shared.${OLD}`) ?? {}
        t.strictSame(receipts.map(bodyOf), [
          `{"shared":{"${OLD}":{"$version":${revision},"$timestamp":${timestamp}}}}`,
        ])
        t.match(await household.ask('GET', `/status?serial=${OLD}`), { target_temperature: 20 })
      },
    )

    await t.test('everybody leaves, and all three go to eco', async (t) => {
      await household.pass(3 * HOUR_MS)
      const accepted = await commandAll('set_away', true)
      const away = { manual_eco_all: true, manual_eco_timestamp: seconds() }
      expect('structure.default', 2, away)
      await household.pass(MINUTE_MS)
      for (const each of accepted) t.equal(await household.stateOf(each), 'confirmed')
      t.strictSame(pushed(modern).at(-1), ['structure.default', away])
      t.strictSame(pushed(boiler).at(-1), ['structure.default', away])
      for (const { thermostat } of residents) t.match(thermostat.screen, { eco: true })
    })

    await t.test('the server restarts, and sends nothing again (S9, D2)', async (t) => {
      const before = residents.map((resident) => pushed(resident).length)
      await household.restartServer()
      await household.pass(HOUR_MS)
      t.strictSame(
        residents.map((resident) => pushed(resident).length),
        before,
      )
      for (const { thermostat } of residents) t.match(thermostat.screen, { eco: true })
    })

    await t.test('somebody comes home: two buckets, one poll each (V6)', async (t) => {
      const accepted = await commandAll('set_away', false)
      const home = { manual_eco_all: false, manual_eco_timestamp: seconds(), away: false }
      const eco = { mode: 'schedule', touched_by: 3, mode_update_timestamp: seconds() }
      expect('structure.default', 3, home)
      expect(`device.${OLD}`, 3, { eco })
      await household.pass(MINUTE_MS)
      for (const each of accepted) t.equal(await household.stateOf(each), 'confirmed')
      const last = new Map(
        pushed(boiler)
          .slice(-2)
          .map((each) => each as [string, object]),
      )
      t.strictSame(last.get('structure.default'), home)
      t.strictSame(last.get(`device.${BOILER}`), { eco })
      for (const { thermostat } of residents) t.match(thermostat.screen, { eco: false })
    })

    await t.test('the day ends with equal buckets on both sides, and without a loop', async (t) => {
      await household.pass(dayEndsMs - timers.nowMs())
      const answers = proxy.answersTo(`${V3}/subscribe`).map(withoutDate)
      t.strictSame(
        answers.filter((answer) => bodyOf(answer) !== ''),
        expected,
      )
      const silent = answers.filter((answer) => bodyOf(answer) === '')
      for (const answer of silent) {
        const sentAtMs = Number(/X-nl-service-timestamp: (\d+)/.exec(answer)?.[1])
        t.equal(answer, pollAnswer(sentAtMs))
      }
      const holds = (24 * HOUR_MS) / 290_000
      t.ok(silent.length < holds + 2, `${silent.length} silent polls in a day`)
      for (const { thermostat, log } of residents) {
        const subscribes = log.filter((e) => e.kind === 'requested' && e.request === 'subscribe')
        t.ok(subscribes.length < holds + 20, `${subscribes.length} subscribes in a day`)
        t.strictSame(thermostat.violations, [])
        const { buckets } = await household.server.core.store.load(thermostat.serial)
        for (const [key, { value }] of thermostat.buckets()) {
          t.match(buckets.get(key)?.value, value, key)
        }
      }
    })
  },
)
