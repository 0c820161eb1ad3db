import t, { type Test } from 'tap'
import { type Config, resolveConfig } from '../../../src/config.ts'
import { PAIRED_ANEW } from '../../../src/protocol/pairing/password-rules.ts'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { presentedPassword } from '../../../src/server/pairing/password-hashing.ts'
import { makeServices } from '../../../src/server/services.ts'
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { type Home, SERIAL, startHome } from '../../helpers/home.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { rawRequest } from '../../helpers/raw-http.ts'
import { decide, meet } from '../../helpers/seed-store.ts'
import { RecordingLogger } from '../mqtt/logged-server.ts'

const PASSPHRASE = 'GET /nest/passphrase'
const LIST = `GET /nest/transport/device/${SERIAL}`
/** Two hold periods (`S4`). */
const SILENT_MS = 2 * 290_000
const UNAVAILABLE = { error: 'Entry key service unavailable' }

function headersOf(password: string | undefined): Record<string, string> {
  return password === undefined
    ? { 'X-nl-client-id': `d.${SERIAL}.X` }
    : { Authorization: `Basic ${btoa(`d.${SERIAL}.X:${password}`)}` }
}

/** A thermostat that is paired with the password `one`. */
async function pairedHome(t: Test, config: Partial<Config> = {}) {
  const log = new RecordingLogger()
  const home = await startHome(t, { config, log })
  const call = async (password: string | undefined, line = PASSPHRASE, body = '') => {
    const { deviceUrl } = home.server
    const { status, body: text } = await rawRequest(deviceUrl, line, headersOf(password), body)
    return { status, body: JSON.parse(text) }
  }
  const { body } = await call('one')
  await claim(home, body.value)
  return { home, call, log }
}

const claim = (home: Home, code: string) =>
  home.ask('POST', '/api/register', { code, userId: 'anna' })
const pairing = async (home: Home) => (await home.ask('GET', '/api/pairing')).body
const statusOf = async (home: Home) => (await home.ask('GET', `/status?serial=${SERIAL}`)).body

for (const deviceAuth of ['off', 'pin'] as const) {
  t.test(
    `P6: another password gets a code once the known one is silent (${deviceAuth})`,
    async (t) => {
      const { home, call, log } = await pairedHome(t, { deviceAuth })
      const { clock } = home
      t.equal((await call('one', LIST)).status, 200)
      for (const other of ['two', undefined]) {
        t.strictSame(await call(other), { status: 503, body: UNAVAILABLE })
      }
      clock.advance(SILENT_MS - 1)
      t.equal((await call('two')).status, 503)
      t.equal((await call('one', LIST)).status, 200, 'heard once more')
      clock.advance(SILENT_MS - 1)
      t.equal((await call('two')).status, 503)
      const codeAt = new Date(clock.now().wallMs + 1).toISOString()
      t.match(await pairing(home), {
        total: 0,
        held_back: [{ serial: SERIAL, code_at: codeAt }],
      })
      t.equal((await statusOf(home)).pairing_warning, null)
      clock.advance(1)
      const { status, body } = await call('two')
      t.equal(status, 200)
      t.match(await call('two', `${PASSPHRASE}/status`), {
        status: 200,
        body: { status: 'pending' },
      })
      t.match(await pairing(home), {
        total: 1,
        waiting: [{ serial: SERIAL, paired_anew: true }],
        held_back: [],
      })
      t.equal((await statusOf(home)).pairing_warning, PAIRED_ANEW)
      const said = log.lines.filter(({ event }) => event.includes(PAIRED_ANEW))
      t.match(said, [{ level: 'warn', fields: { serial: SERIAL } }], 'the owner is told')
      const waits = log.lines.filter(({ event }) => /asks for a code with another/.test(event))
      t.equal(waits.length, 1, 'and once of the one that waited')
      t.notMatch(JSON.stringify(log.lines), /"(one|two)"/)
      t.match((await claim(home, body.value)).body, { success: true })
      t.equal((await statusOf(home)).pairing_warning, null)
      t.equal((await call('one')).status, 503, 'now it is the other one')
      t.equal((await call('one', LIST)).status, deviceAuth === 'pin' ? 403 : 200)
      t.equal((await call('two', LIST)).status, 200)
    },
  )
}

t.test('P6: after repin, or when it is unpaired, the code is there at once', async (t) => {
  const { home, call } = await pairedHome(t)
  await call('one', LIST)
  t.equal((await call('two')).status, 503)
  await home.ask('POST', `/api/repin/${SERIAL}`)
  t.match(await pairing(home), { held_back: [] })
  t.equal((await call('two')).status, 200)
  t.equal((await call('three')).status, 503)
  await home.ask('DELETE', `/api/registered-devices/${SERIAL}?userId=anna`)
  t.equal((await call('three')).status, 200)
})

t.test(
  'I4: while nothing is known every caller is served, one without a password too',
  async (t) => {
    const home = await startHome(t)
    const ask = (password: string | undefined, line: string) =>
      rawRequest(home.server.deviceUrl, line, headersOf(password))
    const { body } = await ask(undefined, PASSPHRASE)
    await claim(home, JSON.parse(body).value)
    for (const password of [undefined, undefined, 'one', undefined]) {
      t.equal((await ask(password, LIST)).status, 200)
    }
    t.equal((await statusOf(home)).pinning, 'watched')
  },
)

t.test('I4, P6: of several passwords in one turn exactly one is remembered', async (t) => {
  const clock = new ManualClock()
  const store = new SqliteStore(':memory:', { nowMs: clock.now().wallMs })
  t.teardown(() => store.close())
  const { config } = resolveConfig({ deviceAuth: 'pin' }, {})
  const { passwords, pairing } = makeServices(store, { config, clock, log: silentLogger })
  const callers = Array.from({ length: 8 }, (_, i) => {
    const password = presentedPassword(`password ${i}`)
    return { serial: SERIAL, network: '192.168.1.10', ...(password ? { password } : {}) }
  })
  const served = async (ask: (caller: (typeof callers)[number]) => Promise<unknown>) => {
    const outcomes = await Promise.allSettled(callers.map(ask))
    const good = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []))
    t.equal(good.length, 1)
    return good[0]
  }
  await meet(store, SERIAL)
  const asker = await served((caller) => pairing.passphrase(caller))
  t.equal(await served((caller) => pairing.passphrase(caller)), asker, 'the code stays with it')
  await decide(store, SERIAL, (draft) => {
    draft.deleteKeys()
    draft.setOwner({ userId: 'anna', createdAtMs: 0 })
  })
  const winner = await served((caller) => passwords.admit(caller))
  t.equal(await served((caller) => passwords.admit(caller)), winner)
})

t.test('D1: who only knows the serial of a pinned thermostat confirms no command', async (t) => {
  const { home, call } = await pairedHome(t)
  const key = `shared.${SERIAL}`
  const put = JSON.stringify({ objects: [{ object_key: key, value: { target_temperature: 20 } }] })
  t.equal((await call('one', 'POST /nest/transport/put', put)).status, 200)
  t.match(await home.ask('POST', `/api/pin/${SERIAL}`), { status: 200, body: { pinned: true } })
  const sent = await home.ask('POST', '/command', {
    serial: SERIAL,
    command: 'set_temperature',
    value: 22,
  })
  const stolen = JSON.stringify({
    objects: [{ object_key: key, value: { target_temperature: 22 } }],
  })
  const listed = JSON.stringify({
    objects: [
      { object_key: key, object_revision: 99, object_timestamp: home.clock.now().wallMs + 9 },
    ],
  })
  for (const other of ['two', undefined]) {
    t.equal((await call(other, 'POST /nest/transport', listed)).status, 403)
    t.equal((await call(other, 'POST /nest/transport/put', stolen)).status, 403)
  }
  const change = async () => (await home.ask('GET', `/api/changes/${sent.body.change_id}`)).body
  t.match(await change(), { state: 'queued' })
  await home.ask('POST', `/api/pin/${SERIAL}`, { pinned: false })
  t.equal((await call('two', 'POST /nest/transport/put', stolen)).status, 200)
  t.match(await change(), { state: 'confirmed' }, 'without a pin anybody on the network can')
})

t.test(
  'a pin needs a known password, and DEVICE_AUTH=pin cannot be taken back by one',
  async (t) => {
    const home = await startHome(t)
    await rawRequest(home.server.deviceUrl, PASSPHRASE, headersOf('one'))
    t.match(await home.ask('POST', `/api/pin/${SERIAL}`), {
      status: 400,
      body: { message: /No password/ },
    })
    t.equal((await home.ask('POST', '/api/pin/02AA01AC00000000')).status, 404)
    t.equal((await home.ask('POST', `/api/pin/${SERIAL}`, { pinned: 'yes' })).status, 400)
    const pinned = await pairedHome(t, { deviceAuth: 'pin' })
    t.match((await pinned.home.ask('POST', `/api/pin/${SERIAL}`, { pinned: false })).body, {
      pinned: true,
    })
    t.equal((await statusOf(pinned.home)).pinning, 'pinned')
  },
)
