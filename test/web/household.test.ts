import t from 'tap'
import type { JsonObject } from '../../src/protocol/bucket.ts'
import { Household, MEMBERS, ODD_NAME } from './household.ts'

t.test('the household has a thermostat in each state', async (t) => {
  const household = await Household.open()
  t.teardown(() => household.close())
  const { devices } = await household.ask('GET', '/api/devices')
  const by = new Map((devices as JsonObject[]).map((each) => [each.serial, each]))
  const of = (name: keyof typeof MEMBERS) => by.get(MEMBERS[name].serial)
  t.match(of('heating'), { name: 'Living Room', is_available: true, hvac: { heater: true } })
  t.match(of('range'), { mode: 'range', target_temperature_low: 19, target_temperature_high: 25 })
  t.match(of('eco'), { eco_mode: 'manual-eco', name: 'Bathroom' })
  t.match(of('offline'), { is_available: false, owner: 'homeassistant', name: 'Attic' })
  t.match(of('odd'), { name: ODD_NAME, temperature_scale: 'F' })
  t.match(of('deaf'), { is_available: true, owner: 'homeassistant' })
  t.match(await household.ask('GET', '/api/pairing'), {
    waiting: [{ serial: MEMBERS.waiting.serial }],
  })
  const { change_id: id } = await household.command('deaf', 'set_temperature', 19)
  t.match(await household.ask('GET', `/api/changes/${id}`), { state: /queued|sent/ })
  const token = await household.token('read')
  t.equal((await fetch(`${household.url}/api/devices`)).status, 401)
  const headers = { Authorization: `Bearer ${token}` }
  t.equal((await fetch(`${household.url}/api/devices`, { headers })).status, 200)
})
