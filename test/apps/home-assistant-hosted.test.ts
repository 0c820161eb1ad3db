import t from 'tap'
import { SERIAL } from '../helpers/home.ts'
import { hostedHome } from './hosted.ts'

// The Home Assistant integration "No Longer Evil", set up for the hosted service with another address.
t.test('the Home Assistant integration works by API v1', async (t) => {
  const { ask, post, bucket } = await hostedHome(t)
  t.match((await ask('GET', '/devices')).body, {
    devices: [{ id: SERIAL, serial: SERIAL, name: 'Hallway', accessType: 'owner' }],
  })
  t.match(await bucket('shared'), {
    current_temperature: 20.5,
    target_temperature: 20,
    target_temperature_type: 'heat',
    hvac_heater_state: false,
    fan_mode: 'auto',
    auto_away: 0,
    can_heat: true,
    can_cool: true,
  })
  t.match(await bucket('device'), {
    temperature_scale: 'C',
    eco_mode_enabled: false,
    temperature_lock_enabled: false,
  })

  await post('temperature', { value: 21.5, mode: 'heat', scale: 'C' })
  await post('mode', { mode: 'heat-cool' })
  await post('temperature/range', { low: 19, high: 25, scale: 'C' })
  await post('fan', { mode: 'on' })
  await post('away', { away: true })
  t.match(await bucket('shared'), {
    target_temperature_type: 'range',
    target_temperature_low: 19,
    target_temperature_high: 25,
    fan_mode: 'on',
    auto_away: 2,
  })
  t.match(await bucket('device'), { eco_mode_enabled: true })
  await post('fan', { mode: 'off' })
  await post('fan', { duration: 1800 })
  await post('away', { away: false })
  t.match(await bucket('shared'), { fan_mode: 'on', auto_away: 0 })
  t.match(await bucket('device'), { eco_mode_enabled: false })

  const { body } = await ask('GET', `/thermostat/${SERIAL}/schedule`)
  t.match(body, { device: { serial: SERIAL }, schedule: { days: Object } })
  const schedule = { ver: 2, days: {}, name: 'Cleared', schedule_mode: 'HEAT' }
  t.equal((await ask('PUT', `/thermostat/${SERIAL}/schedule`, { schedule })).status, 200)
})

t.test('another integration of that name says auto for a range', async (t) => {
  const { post, bucket } = await hostedHome(t)
  await post('mode', { mode: 'auto' })
  t.match(await bucket('shared'), { target_temperature_type: 'range' })
})
