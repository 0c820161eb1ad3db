import t from 'tap'
import { newDevice } from '../../../src/protocol/thermostat/contact.ts'
import { callFrom, codeOn, QUIET_SERIAL } from '../../commands/homes.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { decide } from '../../helpers/seed-store.ts'

t.test('thermostats that show a code are listed, without the code', async (t) => {
  const home = await startHome(t)
  t.same((await home.ask('GET', '/api/pairing')).body, { waiting: [], total: 0, held_back: [] })
  const code = await codeOn(home)
  home.clock.advance(1_000)
  await codeOn(home, '02AA01AC31140AAA')
  const { body } = await home.ask('GET', '/api/pairing')
  t.match(body, { total: 2, waiting: [{ serial: QUIET_SERIAL }, { serial: '02AA01AC31140AAA' }] })
  t.notMatch(JSON.stringify(body), code)
  const { waiting } = body as { waiting: { since: string }[] }
  t.equal(Date.parse(waiting[0]?.since ?? ''), home.clock.now().wallMs - 1_000)
})

t.test('a paired thermostat is not listed as waiting, although it polls once more', async (t) => {
  const home = await startHome(t)
  await home.ask('POST', '/api/register', { code: await codeOn(home), userId: 'anna' })
  await codeOn(home)
  t.match((await home.ask('GET', '/api/pairing')).body, { total: 0 })
})

t.test('a claim is confirmed when the thermostat lists its user', async (t) => {
  const home = await startHome(t)
  const thermostat = await home.thermostat()
  const progress = async () => (await home.ask('GET', `/api/pairing/${SERIAL}`)).body
  t.match(await progress(), { serial: SERIAL, owner: null, confirmed: false, is_available: true })
  const code = await thermostat.whenCode()
  await home.ask('POST', '/api/register', { code, userId: 'anna' })
  t.match(await progress(), { owner: 'anna', confirmed: false }, 'told is not confirmed')
  await thermostat.whenPaired()
  while ((await progress()).confirmed === false) home.clock.advance(500)
  t.match(await progress(), { owner: 'anna', confirmed: true })
})

t.test('a claim is confirmed when the thermostat asks about that claim', async (t) => {
  const home = await startHome(t)
  const path = `/api/pairing/${QUIET_SERIAL.toLowerCase()}`
  const progress = async () => (await home.ask('GET', path)).body
  await home.ask('POST', '/api/register', { code: await codeOn(home), userId: 'anna' })
  await callFrom(home, QUIET_SERIAL, '/nest/passphrase/status')
  t.match(await progress(), { owner: 'anna', confirmed: true })
  home.clock.advance(1_000)
  await home.ask('POST', '/api/register', { code: await codeOn(home), userId: 'ben' })
  t.match(await progress(), { owner: 'ben', confirmed: false })
})

t.test('the pairing of an unknown thermostat is 404', async (t) => {
  const home = await startHome(t)
  t.match(await home.ask('GET', '/api/pairing/02AA01AC00000000'), { status: 404 })
  t.match(await home.ask('GET', '/api/pairing/nobody'), { status: 404 })
})

t.test('a stranger makes up 30 users a minute', async (t) => {
  const home = await startHome(t)
  const add = async (userId: string): Promise<number> =>
    (await home.ask('POST', '/api/ensure-user', { userId })).status
  for (let i = 0; i < 30; i++) t.equal(await add(`u${i}`), 200)
  t.equal(await add('one too many'), 429)
  home.clock.advance(2_000)
  t.equal(await add('later'), 200)
  t.equal((await home.server.core.store.users()).length, 31)
})

t.test('strangers do not fill the disk with paired thermostats that they made up', async (t) => {
  const home = await startHome(t)
  const { store } = home.server.core
  const made = Array.from({ length: 4_096 }, (_, i) =>
    decide(store, `02AA01AC${String(i).padStart(8, '0')}`, (draft) => {
      draft.setDevice(newDevice(home.clock.now().wallMs))
      draft.setOwner({ userId: 'anna', createdAtMs: 0 })
    }),
  )
  await Promise.all(made)
  const request = { code: await codeOn(home), userId: 'anna' }
  const refused = await home.ask('POST', '/api/register', request)
  t.match(refused, { status: 403, body: { message: /4096 thermostats are paired.*token/ } })
  t.match(await home.askHere('POST', '/api/register', request), { body: { success: true } })
})
