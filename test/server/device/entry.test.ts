import { request } from 'node:http'
import { networkInterfaces } from 'node:os'
import t from 'tap'
import { resolveConfig } from '../../../src/config.ts'
import { VERSION } from '../../../src/version.ts'
import { Device } from '../../helpers/device.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'

const ORIGIN = 'http://192.168.1.5:8000'
const DOCUMENT = {
  czfe_url: `${ORIGIN}/nest/transport`,
  transport_url: `${ORIGIN}/nest/transport`,
  direct_transport_url: `${ORIGIN}/nest/transport`,
  passphrase_url: `${ORIGIN}/nest/passphrase`,
  ping_url: `${ORIGIN}/nest/transport`,
  pro_info_url: `${ORIGIN}/nest/pro_info`,
  weather_url: `${ORIGIN}/nest/weather/v1?query=`,
  upload_url: `${ORIGIN}/nest/upload`,
  software_update_url: '',
  server_version: VERSION,
  tier_name: 'local',
}

t.test(
  'E1: the document of where everything is, by GET and POST, with and without /nest',
  async (t) => {
    const home = await startHome(t, { config: { apiOrigin: ORIGIN } })
    const device = new Device(t, home)
    for (const path of ['/nest/entry', '/entry', '/nest/entry/']) {
      t.strictSame(await device.get(path).json(), DOCUMENT, `GET ${path}`)
      t.strictSame(await device.post(path, 'reset=1').json(), DOCUMENT, `POST ${path}`)
    }
  },
)

t.test('E2: every URL names its port, 80 and 443 included', async (t) => {
  const rows = [
    ['http://nle.home', 'http://nle.home:80'],
    ['https://nle.home/', 'https://nle.home:443'],
    ['http://10.0.0.2:8000', 'http://10.0.0.2:8000'],
    ['https://nle.home/behind/proxy/', 'https://nle.home:443/behind/proxy'],
  ] as const
  for (const [given, expected] of rows) {
    // As the command line reads it.
    const { config } = resolveConfig({ apiOrigin: given }, {})
    const home = await startHome(t, { config: { apiOrigin: config.apiOrigin } })
    const device = new Device(t, home)
    const document = (await device.get('/nest/entry').json()) as Record<string, string>
    t.equal(document.transport_url, `${expected}/nest/transport`)
    const urls = Object.values(document).filter((each) => each.startsWith('http'))
    t.equal(urls.length, 8)
    for (const url of urls) t.match(url, /^https?:\/\/[^/:]+:\d+\//)
    const info = (await device.get('/info').json()) as Record<string, unknown>
    t.equal(info.cloudregisterurl, `${expected}/entry`)
    t.equal(info.port, Number(expected.split(':')[2]?.split('/')[0]))
    t.equal(info.ssl, expected.startsWith('https'))
    await home.stop()
  }
})

t.test('E3: the useful facts of the body are kept', async (t) => {
  const home = await startHome(t)
  const device = new Device(t, home)
  await device
    .post(
      '/nest/entry',
      'reset=0&mac=18b430a1b2c3&model=Display-2.12&request_id=1&software_version=5.9.4-5&wireless_reg_domain=US',
    )
    .ended()
  const facts = { model: 'Display-2.12', macAddress: '18b430a1b2c3', softwareVersion: '5.9.4-5' }
  const { store } = home.server.core
  t.match((await store.load(SERIAL)).device, facts)
  await device.get('/nest/entry').ended()
  t.match((await store.load(SERIAL)).device, facts, 'and not forgotten by a later GET')
})

t.test('E3: discovery is answered whatever the body is, and whoever asks', async (t) => {
  const home = await startHome(t, { config: { apiOrigin: ORIGIN } })
  const device = new Device(t, home)
  const bodies = ['%%%=%zz', '{"json":true}', 'model=%00%1b[31m', 'x'.repeat(20_000)]
  for (const body of bodies) {
    const wire = device.post('/nest/entry', body)
    t.equal((await wire.head()).status, 200)
    t.strictSame(await wire.json(), DOCUMENT, body.slice(0, 20))
  }
  t.match((await home.server.core.store.load(SERIAL)).device, { model: null })
  const stranger = device.send({
    method: 'GET',
    path: '/nest/entry',
    headers: { Authorization: '' },
  })
  t.strictSame(await stranger.json(), DOCUMENT)
})

t.test(
  'E4: with no origin configured, it is the address that the thermostat reached',
  async (t) => {
    const lan = Object.values(networkInterfaces())
      .flat()
      .find((each) => each !== undefined && each.family === 'IPv4' && !each.internal)
    const home = await startHome(t, { config: { serverHost: '0.0.0.0' } })
    const device = new Device(t, home)
    const document = (await device.get('/nest/entry').json()) as Record<string, string>
    t.notMatch(document.transport_url, /localhost/)
    if (lan === undefined) {
      t.match(document.transport_url, /^http:\/\/127\.0\.0\.1:\d+\//)
      return
    }
    const port = new URL(home.server.localDeviceUrl).port
    const reached = await fetchText(`http://${lan.address}:${port}/nest/entry`)
    t.equal(JSON.parse(reached).transport_url, `http://${lan.address}:${port}/nest/transport`)
    t.notMatch(document.transport_url, /127\.0\.0\.1/, 'also when it was this machine that asked')
  },
)

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false }, async (response) => {
      let text = ''
      for await (const part of response) text += String(part)
      resolve(text)
    })
    asked.on('error', reject)
    asked.end()
  })
}
