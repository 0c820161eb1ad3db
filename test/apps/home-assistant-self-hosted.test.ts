import t from 'tap'
import { SERIAL, startHome } from '../helpers/home.ts'
import { away, fan, mode, noWeek, range, setpoint, wish } from './wishes.ts'

// The Home Assistant integration "No Longer Evil", set up for a self-hosted server.

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
