import t from 'tap'
import { SERIAL, startHome } from '../../helpers/home.ts'

const SPARE = '02AA01AC99999999'

t.test('lists the thermostats of a user, newest first; homeassistant by default', async (t) => {
  const { ask, clock, paired } = await startHome(t)
  await paired()
  clock.advance(60_000)
  await paired({ serial: SPARE })
  const { status, json } = await ask('GET', '/api/registered-devices')
  t.equal(status, 200)
  t.match(json, [{ serial: SPARE }, { serial: SERIAL }])
  t.same(Object.keys((json as object[])[0] ?? {}), ['serial', 'createdAt'])
  t.type((json as { createdAt: unknown }[])[0]?.createdAt, 'number')
  t.same((await ask('GET', '/api/registered-devices?userId=homeassistant')).json, json)
  t.same((await ask('GET', '/api/registered-devices?userId=somebody')).json, [])
  t.equal((await ask('GET', '/api/registered-devices?userId=a%0Ab')).status, 400)
})

t.test('unpairing leaves the thermostat on file, to be paired again', async (t) => {
  const { ask, paired } = await startHome(t)
  await paired()
  const path = `/api/registered-devices/${SERIAL}`
  t.same((await ask('DELETE', `${path}?userId=somebody`)).body, {
    success: false,
    message: `Device ${SERIAL} not found`,
  })
  const { status, body } = await ask('DELETE', `${path.toLowerCase()}?userId=homeassistant`)
  t.equal(status, 200)
  t.same(body, { success: true, message: `Device ${SERIAL} deleted` })
  t.same((await ask('GET', '/api/registered-devices')).json, [])
  t.match((await ask('GET', `/status?serial=${SERIAL}`)).body, { owner: null })
  t.match((await ask('DELETE', path)).body, { success: false }, 'once is enough')
})

t.test('an invalid serial is not found, and is repeated shortened', async (t) => {
  const { ask } = await startHome(t)
  const { status, body } = await ask('DELETE', `/api/registered-devices/${'x'.repeat(500)}`)
  t.equal(status, 200)
  t.match(body, { success: false, message: /^Device x{64} not found$/ })
})

t.test('a user is created once', async (t) => {
  const { ask } = await startHome(t)
  const user = { userId: 'homeassistant', email: 'homeassistant@local' }
  t.same((await ask('POST', '/api/ensure-user', user)).body, { success: true, created: true })
  t.same((await ask('POST', '/api/ensure-user', user)).body, { success: true, created: false })
  t.same((await ask('POST', '/api/ensure-user', { userId: 'a', email: null })).body, {
    success: true,
    created: true,
  })
})

t.test('an invalid user or e-mail address is refused', async (t) => {
  const { ask } = await startHome(t)
  const rows: [unknown, RegExp][] = [
    [{}, /Missing required field: userId/],
    [{ userId: '' }, /Missing required field: userId/],
    [{ userId: 7 }, /Invalid userId/],
    [{ userId: 'a\tb' }, /Invalid userId/],
    [{ userId: 'x'.repeat(65) }, /Invalid userId/],
    [{ userId: 'a', email: 7 }, /email must be/],
    [{ userId: 'a', email: 'x'.repeat(255) }, /email must be/],
    ['[]', /JSON object/],
  ]
  for (const [body, message] of rows) {
    t.match(await ask('POST', '/api/ensure-user', body), {
      status: 400,
      body: { success: false, message },
    })
  }
})
