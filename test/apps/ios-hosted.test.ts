import t from 'tap'
import { hostedHome } from './hosted.ts'

// NoLongerEvil-iOS, a prototype for the hosted service.
t.test('the iOS app reads and commands', async (t) => {
  const { post, bucket } = await hostedHome(t)
  t.match(await bucket('shared'), { current_temperature: 20.5, can_heat: true, can_cool: true })
  t.match(await bucket('device'), { temperature_scale: 'C', has_fan: true })
  t.match(await bucket('structure'), { away: false })
  // The scale is that of the person's screen.
  await post('temperature', { value: 68, scale: 'F' })
  t.match(await bucket('shared'), { target_temperature: 20 })
  await post('mode', { mode: 'heat-cool' })
  await post('temperature/range', { low: 66, high: 77, scale: 'F' })
  t.match(await bucket('shared'), { target_temperature_low: 18.89, target_temperature_high: 25 })
  await post('fan', { enabled: true })
  t.ok(Number((await bucket('device')).fan_timer_timeout) > 0)
  await post('fan', { enabled: false })
  t.equal((await bucket('device')).fan_timer_timeout, 0)
  await post('away', { away: true })
  t.match(await bucket('structure'), { away: true })
})
