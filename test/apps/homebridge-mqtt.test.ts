import t from 'tap'
import { NO_BROKER } from '../server/mqtt/broker.ts'
import { mqttHome } from './mqtt-home.ts'

// homebridge-nolongerevil-thermostat, which reads payloads as JSON: `false`, not `False`.
t.test('the Homebridge plugin follows topics and commands', { skip: NO_BROKER }, async (t) => {
  const { thermostat, says, sets, nle, serial } = await mqttHome(t)
  await says('availability', 'online')
  await says('shared/current_temperature', '20.5')
  await says('shared/target_temperature', '20')
  await says('shared/target_temperature_type', 'heat')
  await says('device/fan_timer_active', 'false')
  await says('device/away', 'false')

  const shared = (field: string) => thermostat.value('shared')[field]
  const fanUntilS = () => Number(thermostat.value('device').fan_timer_timeout)
  await sets('shared/target_temperature', '21.5', () => shared('target_temperature') === 21.5)
  await sets(
    'shared/target_temperature_type',
    'range',
    () => shared('target_temperature_type') === 'range',
  )
  await sets('shared/target_temperature_high', '26', () => shared('target_temperature_high') === 26)
  await sets('shared/target_temperature_low', '18', () => shared('target_temperature_low') === 18)
  await sets('device/fan_timer_active', 'true', () => fanUntilS() > 0)
  await says('device/fan_timer_active', 'true')
  await sets('device/fan_timer_active', 'false', () => fanUntilS() === 0)
  await says('device/fan_timer_active', 'false')

  await nle.api('POST', '/command', { serial, command: 'set_away', value: true })
  await says('device/away', 'true')
  t.pass('all of it arrived')
})
