import t, { type Test } from 'tap'
import { statusAnswer } from '../../../src/server/thermostats/views.ts'
import { Device } from '../../helpers/device.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { START_MS } from '../../helpers/manual-clock.ts'
import { decide } from '../../helpers/seed-store.ts'

const PATHS = ['/api/devices', '/api/devices?limit=5', `/status?serial=${SERIAL}`]

/** A home in which a client asks again and again, each time with the version that it has. */
async function startAsking(t: Test) {
  const home = await startHome(t)
  const put = (type: string, value: object, serial = SERIAL) =>
    new Device(t, home, serial)
      .post('/nest/transport/put', { objects: [{ object_key: `${type}.${serial}`, value }] })
      .json()
  await put('shared', { current_temperature: 19.5 })
  await put('device', { battery_level: 3.9 })
  const versions = new Map<string, string>()
  /** Statuses of the answers, and the one status in them, which has to be that of now. */
  const ask = async () => {
    const now = JSON.parse(JSON.stringify(await statusAnswer(home.server.core, SERIAL)))
    const codes: number[] = []
    for (const path of PATHS) {
      const url = home.server.controlUrl + path
      const answer = await fetch(url, { headers: { 'If-None-Match': versions.get(path) ?? '' } })
      codes.push(answer.status)
      versions.set(path, answer.headers.get('etag') ?? '')
      const text = await answer.text()
      if (answer.status === 304) t.equal(text, '')
      // A client that has nothing gets the status of now, whatever was answered before.
      const whole = JSON.parse(await (await fetch(url)).text())
      t.same(
        path.startsWith('/status') ? whole : whole.devices,
        path.startsWith('/status') ? now : [now],
      )
    }
    return codes
  }
  return { home, put, ask }
}

t.test('a client that has the list or status is told that it is the same', async (t) => {
  const { home, put, ask } = await startAsking(t)
  t.same(await ask(), [200, 200, 200])
  t.same(await ask(), [304, 304, 304])
  home.clock.advance(120_000)
  t.same(await ask(), [304, 304, 304], 'time alone changes nothing of it')
  await put('shared', { current_temperature: 20 })
  t.same(await ask(), [200, 200, 200])
  t.same(await ask(), [304, 304, 304])
})

t.test('whatever changes a status is another version of it', async (t) => {
  const { home, put, ask } = await startAsking(t)
  await ask()
  await home.ask('POST', '/command', { serial: SERIAL, command: 'set_temperature', value: 23 })
  t.same(await ask(), [200, 200, 200], 'a command on its way')
  await put('device', { fan_timer_timeout: START_MS / 1000 + 90 })
  await ask()
  home.clock.advance(89_000)
  t.same(await ask(), [304, 304, 304])
  home.clock.advance(2_000)
  t.same(await ask(), [200, 200, 200], 'the fan has ended')
  home.clock.advance(600_000)
  t.same(await ask(), [200, 200, 200], 'it is silent')
  const held = await new Device(t, home).hold()
  t.same(await ask(), [200, 200, 200], 'it holds a connection')
  held.hangUp()
  while (home.server.core.subscriptions.count(SERIAL) > 0) await home.ask('GET', '/health')
  t.same(await ask(), [200, 200, 200], 'it holds none')
  await home.ask('DELETE', '/api/device', { serial: SERIAL })
  const { body } = await home.ask('GET', '/api/devices')
  t.match(body, { devices: [], total: 0 })
})

t.test(
  'a status shows the next setpoint from the instant on at which the one before counts',
  async (t) => {
    const { home, put, ask } = await startAsking(t)
    const entry = (minutes: number, temp: number) => {
      const time = ((START_MS / 1000) % 86_400) + minutes * 60
      return { time, temp, type: 'HEAT', entry_type: 'setpoint' }
    }
    const days = Object.fromEntries(
      Array.from({ length: 7 }, (_, day) => [day, { 0: entry(1, 18), 1: entry(3, 21) }]),
    )
    const { store } = home.server.core
    await decide(store, SERIAL, (draft) => draft.setOwner({ userId: 'ada', createdAtMs: START_MS }))
    await put('shared', { target_temperature_type: 'heat', target_temperature: 20 })
    await put('schedule', { ver: 2, schedule_mode: 'HEAT', name: 'Heat', days })
    await ask()
    const shown = async (): Promise<unknown> =>
      (await home.ask('GET', `/status?serial=${SERIAL}`)).body.next_setpoint
    t.match(await shown(), { temperature: 18 })
    home.clock.advance(59_000)
    t.same(await ask(), [304, 304, 304])
    home.clock.advance(1_000)
    t.same(await ask(), [200, 200, 200])
    t.match(await shown(), { temperature: 21 })
  },
)

t.test('a list is another one when a thermostat is added', async (t) => {
  const { home, put, ask } = await startAsking(t)
  const url = `${home.server.controlUrl}/api/devices`
  await ask()
  const version = (await fetch(url)).headers.get('etag') ?? ''
  for (const type of ['shared', 'device']) await put(type, { fan_mode: 'auto' }, '02AA01AC99999999')
  const answer = await fetch(url, { headers: { 'If-None-Match': version } })
  t.equal(answer.status, 200)
  t.match(await answer.json(), { total: 2 })
})
