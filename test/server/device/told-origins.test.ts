import t from 'tap'
import { VirtualThermostat } from '../../../src/virtual/index.ts'
import { Device } from '../../helpers/device.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'
import { portForward } from '../../helpers/port-forward.ts'
import { rawExchange, rawRequest } from '../../helpers/raw-http.ts'
import { RecordingLogger } from '../mqtt/logged-server.ts'

const UNKNOWN_NAME = /by an unknown name/
const UNKNOWN_PATH = /nothing is served at this path/

t.test('E4: behind a port forward a thermostat is told what it reached', async (t) => {
  const home = await startHome(t)
  const forward = await portForward(t, home.server.localDeviceUrl)
  const ask = async (headers: Record<string, string>) =>
    JSON.parse((await rawRequest(forward.url, 'GET /entry', headers)).body)
  for (const host of ['192.168.1.7', 'nas', 'nas.lan', '127.0.0.1']) {
    const origin = `http://${host}:${forward.port}`
    const Host = `${host}:${forward.port}`
    t.equal((await ask({ Host })).transport_url, `${origin}/nest/transport`)
  }
  t.equal((await ask({ Host: 'nas' })).ping_url, 'http://nas:80/nest/transport', 'E2')
  const Host = `nas:${forward.port}`
  const info = JSON.parse((await rawRequest(forward.url, 'GET /info', { Host })).body)
  t.match(info, {
    api_origin: `http://${Host}`,
    cloudregisterurl: `http://${Host}/entry`,
    ip: 'nas',
  })

  const one = new VirtualThermostat({
    serial: SERIAL,
    origin: forward.url,
    timers: home.clock.timers,
  })
  t.teardown(() => one.stop())
  one.start()
  const asked = await one.whenCode().then(() => one.log)
  const urls = asked.flatMap((each) => (each.kind === 'requested' ? [each.url] : []))
  for (const url of urls) t.ok(url.startsWith(`${forward.url}/`), url)
  t.ok(urls.includes(`${forward.url}/nest/passphrase`))
})

t.test('E4: a configured origin is told, whatever the thermostat reached', async (t) => {
  const home = await startHome(t, { config: { apiOrigin: 'http://192.168.1.5:8000' } })
  const forward = await portForward(t, home.server.localDeviceUrl)
  const { body } = await rawRequest(forward.url, 'GET /entry', { Host: `nas:${forward.port}` })
  t.equal(JSON.parse(body).transport_url, 'http://192.168.1.5:8000/nest/transport')
})

t.test('E4: an unknown name is not told on, and logged once with what to set', async (t) => {
  const log = new RecordingLogger()
  const home = await startHome(t, { log, config: { allowedHosts: ['nle.example.org'] } })
  const { localDeviceUrl: url } = home.server
  const ask = async (Host: string) =>
    JSON.parse((await rawRequest(url, 'GET /entry', { Host })).body).transport_url
  t.equal(await ask('nle.example.org:81'), 'http://nle.example.org:81/nest/transport')
  const logged = () => log.lines.filter(({ event }) => UNKNOWN_NAME.test(event))
  t.strictSame(logged(), [])
  for (let i = 0; i < 3; i++) t.equal(await ask('Evil.Example:81'), `${url}/nest/transport`)
  await ask('evil.example')
  t.match(logged(), [
    {
      level: 'warn',
      event: /ALLOWED_HOSTS.*API_ORIGIN/,
      fields: { host: 'evil.example', told_instead: url },
    },
  ])
  for (const garbage of ['user@nas', '[fd00::1]:80', 'a, b', '', 'x'.repeat(300)]) {
    t.equal(await ask(garbage), `${url}/nest/transport`, garbage)
  }
  for (let i = 0; i < 100; i++) await ask(`n${i}.example`)
  t.equal(logged().length, 20, 'a flood of names does not fill the log')
})

t.test('E5: an unknown path is logged once for each caller, and says what to enter', async (t) => {
  const log = new RecordingLogger()
  const home = await startHome(t, { log })
  const { localDeviceUrl: url } = home.server
  const logged = () => log.lines.filter(({ event }) => UNKNOWN_PATH.test(event))
  const device = new Device(t, home)
  for (const path of ['/nle/entry?secret=1', '/nle/entry', '/else']) {
    t.equal((await device.get(path).head()).status, 404)
  }
  const fields = { path: '/nle/entry', address: '127.0.0.1', serial: SERIAL }
  t.strictSame(logged(), [
    {
      level: 'warn',
      event: logged()[0]?.event,
      fields: { ...fields, cloudregisterurl: `${url}/entry` },
    },
  ])
  await rawRequest(url, `GET /%1b%5b2J%0a${'x'.repeat(500)}`)
  const path = String(logged()[1]?.fields.path)
  t.equal(path.length, 128)
  t.equal(path.slice(0, 11), '/%1b%5b2J%0', 'as it was sent')
  for (let i = 0; i < 50; i++) {
    await new Device(t, home, `02AA01AC000000${String(i).padStart(2, '0')}`).get('/else').ended()
  }
  t.equal(logged().length, 20, 'a flood of callers does not fill the log')
  home.clock.advance(61_000)
  await rawRequest(url, 'GET /favicon.ico', { 'User-Agent': 'Mozilla/5.0' })
  t.match(logged().slice(20), [{ fields: { more_in_the_last_minute: 32 } }])
  t.equal(logged().length, 21, 'a person with a browser sees the answer')
})

t.test('a request without a Host is told the local address', async (t) => {
  const { server } = await startHome(t)
  const [answer] = await rawExchange(server.localDeviceUrl, 'GET /entry HTTP/1.0\r\n\r\n')
  t.equal(JSON.parse(answer?.body ?? '').transport_url, `${server.localDeviceUrl}/nest/transport`)
})
