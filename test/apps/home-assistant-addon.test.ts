import t from 'tap'
import { SERIAL, startHome } from '../helpers/home.ts'

// The existing server's Home Assistant add-on, whose page pairs and unpairs.

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
