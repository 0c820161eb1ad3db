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
  t.same(server.core.store.devices.all(), [], 'nothing came of it')
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
  t.equal((await ask(`GET /nest/passphrase?serial=${SERIAL}`, {})).status, 200, 'no browser at all')
})
