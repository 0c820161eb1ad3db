import t from 'tap'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { rawRequest } from '../../helpers/raw-http.ts'

const PAGE = { Origin: 'http://evil.example' }

t.test('a web page cannot pretend to be a thermostat', async (t) => {
  const { server } = await startHome(t)
  const ask = (line: string, headers: Readonly<Record<string, string>>, body = '') =>
    rawRequest(server.deviceUrl, line, headers, body)
  const put = JSON.stringify({ objects: [{ object_key: `shared.${SERIAL}`, value: { x: 1 } }] })
  for (const browser of [PAGE, { Origin: 'null' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
    const refused = await ask(`POST /nest/transport/put?serial=${SERIAL}`, browser, put)
    t.equal(refused.status, 403)
    t.match(refused.body, /web pages/)
    t.equal((await ask(`GET /nest/passphrase?serial=${SERIAL}`, browser)).status, 403)
    t.equal((await ask('POST /nest/entry', browser)).status, 403)
  }
  t.same(await server.core.store.thermostats(), [], 'nothing came of it')
})

t.test('what an installer reads, and a person looks at, is answered', async (t) => {
  const { server } = await startHome(t)
  const ask = (line: string, headers: Readonly<Record<string, string>>) =>
    rawRequest(server.deviceUrl, line, headers)
  for (const path of ['/info', '/entry', '/nest/entry', '/nest/ping']) {
    t.equal((await ask(`GET ${path}`, PAGE)).status, 200, path)
  }
  const link = {
    'Sec-Fetch-Site': 'cross-site',
    'Sec-Fetch-Mode': 'navigate',
    'Sec-Fetch-Dest': 'document',
  }
  t.equal((await ask('GET /info', link)).status, 200)
  const thermostat = { 'X-nl-device-id': SERIAL }
  t.equal((await ask('GET /nest/passphrase', thermostat)).status, 200, 'no browser at all')
})

t.test(
  'I4: a pinned thermostat is asked for its password, however its serial is written',
  async (t) => {
    const home = await startHome(t, { config: { deviceAuth: 'pin' } })
    const basic = { Authorization: `Basic ${btoa(`d.${SERIAL}.X:secret`)}` }
    const ask = (line: string, headers: Readonly<Record<string, string>> = {}) =>
      rawRequest(home.server.deviceUrl, line, headers)
    const code = JSON.parse((await ask('GET /nest/passphrase', basic)).body).value
    await home.ask('POST', '/api/register', { code, userId: 'homeassistant' })
    t.equal((await ask(`GET /nest/transport/device/${SERIAL}`, basic)).status, 200)
    const encoded = `%${SERIAL.charCodeAt(0).toString(16)}${SERIAL.slice(1)}`
    for (const written of [
      SERIAL,
      SERIAL.toLowerCase(),
      encoded,
      `%20${SERIAL}`,
      `device.${SERIAL}`,
    ]) {
      t.equal((await ask(`GET /nest/transport/device/${written}`)).status, 403, written)
    }
  },
)
