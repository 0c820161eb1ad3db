import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { newDevice } from '../../../src/protocol/thermostat/contact.ts'
import type { LogFields } from '../../../src/server/core/logger.ts'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { type Home, startHome } from '../../helpers/home.ts'
import { decide } from '../../helpers/seed-store.ts'

const SERIAL = '02AA01AC31140KD6'
const config = { deviceAuth: 'pin' } as const

/** A request as a thermostat with this password. */
async function call(home: Home, password: string | undefined, path = '/nest/passphrase') {
  const headers: Record<string, string> =
    password === undefined
      ? { 'X-nl-client-id': `d.${SERIAL}.X` }
      : { Authorization: `Basic ${btoa(`d.${SERIAL}.X:${password}`)}` }
  const response = await fetch(home.server.deviceUrl + path, { headers })
  return { status: response.status, body: (await response.json()) as JsonObject }
}

async function pair(home: Home, password: string): Promise<void> {
  const { body } = await call(home, password)
  await home.ask('POST', '/api/register', { code: body.value, userId: 'homeassistant' })
}

const LIST = `/nest/transport/device/${SERIAL}`

t.test('off by default: any password is as good as another (I4)', async (t) => {
  const home = await startHome(t)
  await pair(home, 'one')
  t.equal((await call(home, 'two', LIST)).status, 200)
})

t.test('the password of the pairing is remembered, and another one refused', async (t) => {
  const lines: { event: string; fields: LogFields | undefined }[] = []
  const warn = (event: string, fields?: LogFields) => lines.push({ event, fields })
  const home = await startHome(t, { config, log: { ...silentLogger, warn } })
  await pair(home, 'first-secret')
  t.equal((await call(home, 'other-secret', LIST)).status, 403, 'even before it has called again')
  t.equal((await call(home, 'first-secret', LIST)).status, 200)
  for (const wrong of ['other-secret', '', undefined]) {
    const { status, body } = await call(home, wrong, LIST)
    t.equal(status, 403, String(wrong))
    t.match(body, { error: /password/ })
  }
  t.equal(
    (await call(home, undefined, '/nest/entry')).status,
    200,
    'its server is always found (E1)',
  )
  t.equal(lines.length, 1, 'said once a minute')
  const stored = JSON.stringify((await home.server.core.store.load(SERIAL)).password)
  t.notMatch(stored + JSON.stringify(lines), /-secret/)
})

t.test('two that ask for a code under one serial cannot both be it', async (t) => {
  const home = await startHome(t, { config })
  t.equal((await call(home, 'first')).status, 200)
  t.equal((await call(home, 'second')).status, 403)
  home.clock.advance(3_601_000)
  t.equal((await call(home, 'second')).status, 200, 'once the code is over, the next one may')
})

t.test('repin forgets it; so does unpairing', async (t) => {
  const home = await startHome(t, { config })
  await pair(home, 'first')
  await call(home, 'first', LIST)
  t.equal((await call(home, 'second', LIST)).status, 403)
  const answer = await home.ask('POST', `/api/repin/${SERIAL}`)
  t.match(answer.body, { success: true, serial: SERIAL, was_pinned: true })
  t.equal((await call(home, 'second', LIST)).status, 200)
  t.equal((await call(home, 'first', LIST)).status, 403)
  await home.ask('DELETE', `/api/registered-devices/${SERIAL}`)
  await pair(home, 'third')
  t.equal((await call(home, 'third', LIST)).status, 200)
  t.equal((await home.ask('POST', '/api/repin/02AA01AC00000000')).status, 404)
})

t.test(
  'one that was paired before is remembered when it calls, and after a restart still',
  async (t) => {
    const home = await startHome(t, { config })
    const { store, clock } = home.server.core
    await decide(store, SERIAL, (draft) => {
      draft.setDevice(newDevice(clock.now().wallMs))
      draft.setOwner({ userId: 'me', createdAtMs: 0 })
    })
    t.equal(
      (await call(home, undefined, LIST)).status,
      200,
      'without one there is nothing to remember',
    )
    t.equal((await call(home, 'first', LIST)).status, 200)
    t.equal((await call(home, 'second', LIST)).status, 403)
    t.ok((await store.load(SERIAL)).password)
  },
)
