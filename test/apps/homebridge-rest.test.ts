import t from 'tap'
import { isObject } from '../../src/protocol/bucket.ts'
import { SERIAL, startHome } from '../helpers/home.ts'
import { away, fan, mode, noWeek, range, setpoint, wish } from './wishes.ts'

// homebridge-nolongerevil-nest with a server of one's own.

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
