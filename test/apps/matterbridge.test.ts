import t from 'tap'
import type { JsonObject } from '../../src/protocol/bucket.ts'
import { EventReader } from '../helpers/event-reader.ts'
import { SERIAL, startHome } from '../helpers/home.ts'
import { away, mode, range, setpoint, wish } from './wishes.ts'

// matterbridge-plugin-nolongerevil-thermostat.

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
