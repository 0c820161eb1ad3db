import t from 'tap'
import { NO_BROKER } from '../server/mqtt/broker.ts'
import { mqttHome } from './mqtt-home.ts'

// home-assistant-nolongerevil-thermostat, an integration of its own beside MQTT discovery. It writes Python's words.
t.test('the MQTT integration follows topics and commands', { skip: NO_BROKER }, async (t) => {
  const { thermostat, says, sets } = await mqttHome(t)
  // It looks for the measured temperature nowhere else.
  await says('device/current_temperature', '20.5')
  await says('shared/target_temperature_type', 'heat')
  await says('device/fan_timer_active', 'false')
  await says('device/away', 'false')
  const fanUntilS = () => Number(thermostat.value('device').fan_timer_timeout)
  await sets('device/fan_timer_active', 'True', () => fanUntilS() > 0)
  await sets('device/fan_timer_active', 'False', () => fanUntilS() === 0)
  const target = () => thermostat.value('shared').target_temperature
  await sets('shared/target_temperature', '19.0', () => target() === 19)
  thermostat.sense({ currentTemperature: 20.9 })
  await says('device/current_temperature', '20.9')
  t.pass('all of it arrived')
})
