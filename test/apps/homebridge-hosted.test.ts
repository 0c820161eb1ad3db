import t from 'tap'
import { SERIAL } from '../helpers/home.ts'
import { hostedHome } from './hosted.ts'

// homebridge-nolongerevil-nest with the hosted service's API at another address.
t.test('the Homebridge plugin works by API v1', async (t) => {
  const { ask, post, bucket, thermostat } = await hostedHome(t)
  const { body } = await ask('GET', '/devices')
  t.match(body.devices, [{ id: SERIAL, name: 'Hallway' }])
  t.match(await bucket('device'), { current_humidity: Number })
  await post('temperature', { value: 22, mode: 'heat', scale: 'C' })
  await thermostat.waitFor('22 °C', (one) => one.value('shared').target_temperature === 22)
  // HomeKit sends the mode again with each temperature.
  await post('mode', { mode: 'cool' })
  await post('temperature', { value: 24, mode: 'cool', scale: 'C' })
  await thermostat.waitFor('24 °C', (one) => one.value('shared').target_temperature === 24)
  await post('mode', { mode: 'off' })
  t.match(await bucket('shared'), { target_temperature_type: 'off' })
})

t.test('the Homebridge plugin hears of a wrong key', async (t) => {
  const { home } = await hostedHome(t)
  const headers = { authorization: 'Bearer nle_wrong' }
  const { status } = await home.ask('GET', '/api/v1/devices', undefined, headers)
  t.equal(status, 401)
})
