import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { callFrom } from '../../commands/homes.ts'
import { SERIAL, startHome } from '../../helpers/home.ts'

const HOUR_MS = 3_600_000
const PATH = '/nest/weather/v1?query=00000,US'

/** A server whose weather comes from a service that says `celsius`. */
async function homeWithWeather(t: Test) {
  const service = { celsius: 8.5 }
  const upstream = createServer((_request, response) =>
    response.end(JSON.stringify({ '00000,US': { current: { temp_c: service.celsius } } })),
  )
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  t.teardown(() => upstream.close())
  const weatherUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/weather/v1`
  const home = await startHome(t, { config: { weatherUrl } })
  const outdoor = async () =>
    (await home.ask('GET', `/status?serial=${SERIAL}`)).body.outdoor_temperature
  return { home, service, outdoor }
}

t.test('the weather that a thermostat asked for is the temperature outside', async (t) => {
  const { home, service, outdoor } = await homeWithWeather(t)
  await home.paired()
  t.equal(await outdoor(), null, 'nothing is made up')
  const changed: string[] = []
  home.server.core.events.on('deviceChanged', (serial) => changed.push(serial))
  await callFrom(home, SERIAL, PATH)
  t.equal(await outdoor(), 8.5)
  t.strictSame(changed, [SERIAL], 'those who watch are told')
  await callFrom(home, SERIAL, PATH)
  t.strictSame(changed, [SERIAL], 'once')
  service.celsius = 9
  home.clock.advance(HOUR_MS)
  await callFrom(home, SERIAL, PATH)
  t.equal(await outdoor(), 9)
  home.clock.advance(3 * HOUR_MS)
  t.equal(await outdoor(), null, 'the last one is too old')
})

t.test('I1: a query names nobody whose weather is noted', async (t) => {
  const { home, outdoor } = await homeWithWeather(t)
  await home.paired()
  const url = `${home.server.deviceUrl}/nest/weather/v1?query=11111,US&serial=${SERIAL}`
  t.equal((await fetch(url)).status, 200)
  t.equal(await outdoor(), null)
})

t.test('what the thermostat itself reports comes first', async (t) => {
  const { home, outdoor } = await homeWithWeather(t)
  const thermostat = await home.paired()
  await callFrom(home, SERIAL, PATH)
  const body = {
    session: 's',
    objects: [{ object_key: `device.${SERIAL}`, value: { outdoor_temperature: 3 } }],
  }
  const authorization = `Basic ${btoa(`d.${SERIAL}.ABCD:secret`)}`
  const put = await fetch(`${home.server.deviceUrl}/nest/transport/put`, {
    method: 'POST',
    headers: { authorization },
    body: JSON.stringify(body),
  })
  t.equal(put.status, 200)
  t.equal(await outdoor(), 3)
  t.strictSame(thermostat.violations, [])
})
