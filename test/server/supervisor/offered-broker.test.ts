import t from 'tap'
import { FakeSupervisor } from '../../helpers/fake-supervisor.ts'
import { startHome } from '../../helpers/home.ts'
import { Broker, NO_BROKER, PASSWORD, USER } from '../mqtt/broker.ts'
import { LoggedServer, RecordingLogger } from '../mqtt/logged-server.ts'

const SERVICE = '/services/mqtt'
/** How long an answer of the supervisor is good for. */
const GOOD_FOR_MS = 5 * 60_000
const NONE = 'Home Assistant has no MQTT broker'
const NOT_ASKED = 'Home Assistant could not be asked for its MQTT broker'

/** An add-on on a clock that only the test moves; no broker listens where it is sent. */
async function startAddOn(t: Parameters<typeof startHome>[0], mqttHost?: string) {
  const fake = await FakeSupervisor.start(t)
  const log = new RecordingLogger()
  const start = () => startHome(t, { log, supervisor: fake.supervisor, config: { mqttHost } })
  const until = (event: string) => log.until((line) => line.event === event)
  return { fake, log, start, until }
}

t.test(
  "Home Assistant's broker is used without a word, until the owner names another one",
  { skip: NO_BROKER },
  async (t) => {
    const broker = await Broker.start()
    t.teardown(() => broker.stop())
    const fake = await FakeSupervisor.start(t)
    fake.offerBroker(broker.port, USER, PASSWORD)
    const nle = await LoggedServer.open(undefined, {}, undefined, fake.supervisor)
    t.teardown(() => nle.close())
    await nle.log.until(({ event }) => event === 'MQTT broker connected')
    const status = () => nle.api('GET', '/api/mqtt-config')
    const offered = { source: 'supervisor', brokerUrl: broker.url, username: USER }
    t.match(await status(), { ...offered, connected: true, hasPassword: true })

    const other = { brokerUrl: 'mqtt://127.0.0.1:1' }
    t.match(await nle.api('POST', '/api/mqtt-config', other), { success: true })
    t.match(await status(), { source: 'store', ...other, username: null, hasPassword: false })
    await nle.api('DELETE', '/api/mqtt-config')
    t.match(await status(), offered, 'and it is used again afterwards')
    t.equal(await nle.server.core.store.integration('mqtt'), undefined, 'nothing is stored')
    t.notMatch(JSON.stringify(nle.log.lines), PASSWORD)
  },
)

t.test('a broker that is installed later is found', async (t) => {
  const { fake, log, start, until } = await startAddOn(t)
  const home = await start()
  t.match(await until(NONE), {
    level: 'info',
    fields: { reason: /400: Service is not enabled/ },
  })
  t.match((await home.ask('GET', '/api/mqtt-config')).body, { configured: false })
  home.clock.advance(GOOD_FOR_MS)
  await log.until(({ event, level }) => event === NONE && level === 'debug')
  t.equal(log.of(NONE).filter(({ level }) => level === 'info').length, 1, 'said once')
  fake.offerBroker(1, USER, PASSWORD)
  // A request is turns of the event loop, in which the next question is planned.
  await home.ask('GET', '/health')
  home.clock.advance(GOOD_FOR_MS)
  await log.until(({ event }) => event.startsWith('MQTT broker'))
  const { body } = await home.ask('GET', '/api/mqtt-config')
  t.match(body, { source: 'supervisor', brokerUrl: 'mqtt://127.0.0.1:1' })
})

t.test('a supervisor that refuses, or answers nonsense, is asked again', async (t) => {
  const { fake, log, start, until } = await startAddOn(t)
  fake.says.set(SERVICE, { status: 401, body: { result: 'error', message: 'no' } })
  const home = await start()
  t.match(await until(NOT_ASKED), { level: 'warn', fields: { reason: /answered 401: no/ } })
  fake.says.set(SERVICE, { status: 200, body: { result: 'ok', data: { host: 'a b', port: 1 } } })
  home.clock.advance(1_000)
  await log.until(({ fields }) => /has to be a host/.test(String(fields.reason)))
  fake.offerBroker(1, USER, PASSWORD)
  home.clock.advance(2_000)
  await log.until(({ event }) => event.startsWith('MQTT broker'))
  t.match((await home.ask('GET', '/api/mqtt-config')).body, { source: 'supervisor' })
})

t.test('a supervisor that is slow holds nothing up', async (t) => {
  const { fake, start, until } = await startAddOn(t)
  fake.says.set(SERVICE, 'nothing')
  const home = await start()
  await fake.whenAsked(SERVICE, 1)
  t.equal((await home.ask('GET', '/health')).status, 200)
  await home.thermostat()
  home.clock.advance(10_000)
  t.match(await until(NOT_ASKED), { fields: { reason: /did not answer within 10 seconds/ } })
})

t.test('it is not asked where the operator has named a broker', async (t) => {
  const { fake, start } = await startAddOn(t, 'mqtt://127.0.0.1:1')
  fake.offerBroker(2, USER, PASSWORD)
  const home = await start()
  await fake.whenAsked('/addons/self/info', 1)
  home.clock.advance(GOOD_FOR_MS)
  const { body } = await home.ask('GET', '/api/mqtt-config')
  t.match(body, { source: 'environment', brokerUrl: 'mqtt://127.0.0.1:1' })
  t.notOk(fake.asked.includes(SERVICE))
})
