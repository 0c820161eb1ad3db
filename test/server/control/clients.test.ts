import t, { type Test } from 'tap'
import { isObject, type JsonObject } from '../../../src/protocol/bucket.ts'
import type { VirtualThermostat } from '../../../src/virtual/index.ts'
import { EventReader } from '../../helpers/event-reader.ts'
import { type Home, SERIAL, startHome } from '../../helpers/home.ts'

/** A command of a client, and what it changes on the thermostat. */
interface Wish {
  readonly command: string
  readonly value: JsonObject[string]
  readonly bucket: 'shared' | 'device' | 'schedule'
  readonly holds: (value: Readonly<Record<string, unknown>>) => boolean
}

const setpoint: Wish = {
  command: 'set_temperature',
  value: 21.5,
  bucket: 'shared',
  holds: (shared) => shared.target_temperature === 21.5,
}
const range: Wish = {
  command: 'set_temperature',
  value: { high: 25.5, low: 19 },
  bucket: 'shared',
  holds: (shared) =>
    shared.target_temperature_high === 25.5 && shared.target_temperature_low === 19,
}
const mode = (value: string, wire: string): Wish => ({
  command: 'set_mode',
  value,
  bucket: 'shared',
  holds: (shared) => shared.target_temperature_type === wire,
})
const away = (value: boolean): Wish => ({
  command: 'set_away',
  value,
  bucket: 'device',
  holds: ({ eco }) => isObject(eco) && eco.mode === (value ? 'manual-eco' : 'schedule'),
})
const fan = (value: string | number, holds: (untilS: number) => boolean): Wish => ({
  command: 'set_fan',
  value,
  bucket: 'device',
  holds: ({ fan_timer_timeout }) => holds(Number(fan_timer_timeout)),
})
const noWeek = (schedule: JsonObject): Wish => ({
  command: 'set_schedule',
  value: schedule,
  bucket: 'schedule',
  holds: ({ days }) => isObject(days) && Object.keys(days).length === 0,
})

/** Sends commands one after the other, as a client does, and waits until the thermostat has each. */
async function wish(
  t: Test,
  { ask, clock }: Home,
  thermostat: VirtualThermostat,
  headers: Readonly<Record<string, string>>,
  wishes: readonly Wish[],
): Promise<void> {
  for (const { command, value, bucket, holds } of wishes) {
    const request = { serial: SERIAL, command, value }
    const { status, body } = await ask('POST', '/command', request, headers)
    t.equal(status, 200, `${command} ${JSON.stringify(value)}`)
    t.equal(body.success, true)
    const what = `${command} ${JSON.stringify(value)}`
    // A thermostat applies a schedule only after some quiet seconds (`D6`).
    if (bucket === 'schedule') {
      await thermostat.waitFor('the schedule', ({ unsettled }) => unsettled)
      clock.advance(15_000)
    }
    await thermostat.waitFor(what, (one) => holds(one.value(bucket)))
  }
  // Time jumps in this test, so violations of timing mean nothing.
  t.same(
    thermostat.violations.filter(({ timing }) => !timing),
    [],
  )
}

t.test('the Homebridge plugin lists, polls and commands', async (t) => {
  const home = await startHome(t)
  const thermostat = await home.paired({ name: 'Hallway' })
  // The plugin always sends a key; a server without tokens ignores it.
  const headers = {
    'Content-Type': 'application/json',
    Accept: 'application/json',
    Authorization: 'Bearer anything',
  }
  const { status, body } = await home.ask('GET', '/api/devices', undefined, headers)
  t.equal(status, 200)
  t.match(body.devices, [
    {
      serial: SERIAL,
      name: 'Hallway',
      current_temperature: 20.5,
      target_temperature: 20,
      target_temperature_low: 20,
      target_temperature_high: 24,
      mode: 'heat',
      hvac: { heater: false, ac: false, fan: false },
      humidity: Number,
      away: false,
      capabilities: { can_heat: true, can_cool: true, has_fan: true },
      fan_timer_active: false,
      fan_timer_timeout: 0,
    },
  ])
  const schedule = await home.ask('GET', `/api/schedule?serial=${SERIAL}`, undefined, headers)
  t.ok(isObject(schedule.body.schedule) && isObject(schedule.body.schedule.days))
  await wish(t, home, thermostat, headers, [
    setpoint,
    mode('heat-cool', 'range'),
    range,
    fan('on', (untilS) => untilS > 0),
    fan('auto', (untilS) => untilS === 0),
    away(true),
    away(false),
    {
      command: 'set_device_setting',
      value: { learning_mode: false },
      bucket: 'device',
      holds: ({ learning_mode }) => learning_mode === false,
    },
    mode('off', 'off'),
    noWeek({ ver: 2, days: {}, name: 'Cleared', schedule_mode: 'HEAT' }),
  ])
})

t.test('the Matterbridge plugin follows events and reads the status again', async (t) => {
  const home = await startHome(t)
  const thermostat = await home.paired({ name: 'Hallway' })
  t.match((await home.ask('GET', '/api/devices')).body, {
    devices: [{ serial: SERIAL, name: 'Hallway' }],
  })
  const before = await home.ask('GET', `/status?serial=${SERIAL}`)
  // The plugin reads `can_heat` and `can_cool` at the top, not in `capabilities`.
  t.match(before.body, { can_heat: true, can_cool: true, mode: 'heat', away: false })

  const accept = { accept: 'text/event-stream' }
  const reader = await EventReader.open(`${home.server.controlUrl}/api/events`, accept)
  t.teardown(() => reader.close())
  await wish(t, home, thermostat, { 'content-type': 'application/json' }, [
    setpoint,
    mode('heat-cool', 'range'),
    range,
    mode('cool', 'cool'),
    away(true),
    away(false),
  ])
  const event = await reader.waitFor('an event', (one) => one.events(undefined)[0])
  t.equal((JSON.parse(event.data ?? '') as JsonObject).serial, SERIAL)
  t.match((await home.ask('GET', `/status?serial=${SERIAL}`)).body, {
    mode: 'cool',
    target_temperature: 21.5,
    target_temperature_high: 25.5,
    target_temperature_low: 19,
    away: false,
  })
  const refused = { serial: SERIAL, command: 'set_mode', value: 'emergency' }
  t.equal((await home.ask('POST', '/command', refused)).status, 400, 'it logs what is not 2xx')
})

t.test('the Home Assistant integration polls and commands', async (t) => {
  const home = await startHome(t)
  const thermostat = await home.paired({ name: 'Hallway' })
  t.match((await home.ask('GET', '/api/devices')).body, {
    devices: [{ serial: SERIAL, name: 'Hallway' }],
  })
  const headers = { 'Content-Type': 'application/json' }
  const nowS = home.clock.now().wallMs / 1000
  await wish(t, home, thermostat, headers, [
    setpoint,
    mode('heat-cool', 'range'),
    range,
    fan('on', (untilS) => untilS > nowS),
    fan(1800, (untilS) => Math.abs(untilS - nowS - 1800) < 60),
    away(true),
    away(false),
    noWeek({ days: {} }),
  ])
  t.match((await home.ask('GET', `/status?serial=${SERIAL}`)).body, {
    serial: SERIAL,
    name: 'Hallway',
    mode: 'range',
    hvac: { heater: false, ac: false, fan: Boolean },
    fan_timer_active: true,
    away: false,
    capabilities: { can_heat: true, can_cool: true },
    temperature_scale: 'C',
    eco_mode: 'schedule',
  })
  // The integration shows `message`, and takes "success": false for a failure at any status.
  const refused = { serial: SERIAL, command: 'set_temperature', value: 70 }
  t.match(await home.ask('POST', '/command', refused), {
    status: 400,
    body: { success: false, message: /Celsius/ },
  })
})

t.test('the Home Assistant add-on pairs, lists and unpairs', async (t) => {
  const { ask, thermostat } = await startHome(t)
  const one = await thermostat()
  const user = { userId: 'homeassistant', email: 'homeassistant@local' }
  t.match((await ask('POST', '/api/ensure-user', user)).body, { success: true, created: true })
  const code = (await one.whenCode()).toLowerCase()
  const claim = await ask('POST', '/api/register', { code, userId: 'homeassistant' })
  t.match(claim.body, { success: true, serial: SERIAL, message: /registered to homeassistant/ })
  await one.whenPaired()
  t.match((await ask('POST', `/api/dismiss-pairing/${SERIAL}`)).body, { success: true })
  const { json } = await ask('GET', '/api/registered-devices?userId=homeassistant')
  t.match(json, [{ serial: SERIAL, createdAt: Number }])
  const gone = await ask('DELETE', `/api/registered-devices/${SERIAL}?userId=homeassistant`)
  t.match(gone.body, { success: true, message: `Device ${SERIAL} deleted` })
})
