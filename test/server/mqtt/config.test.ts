import { execFileSync } from 'node:child_process'
import t from 'tap'
import { Broker, NO_BROKER, PASSWORD, USER } from './broker.ts'
import { House } from './house.ts'
import { Watcher } from './watcher.ts'

const SERIAL = '02AA01AC00000001'

t.test('a broker by request: kept, used at once, and forgotten', { skip: NO_BROKER }, async (t) => {
  const broker = await Broker.start()
  t.teardown(() => broker.stop())
  const watcher = await Watcher.connect(broker)
  t.teardown(() => watcher.end())
  const house = await House.open()
  t.teardown(() => house.close())
  await house.pair(SERIAL)
  t.strictSame(await house.api('GET', '/api/mqtt-config'), { configured: false, connected: false })
  const body = { brokerUrl: broker.url, username: USER, password: PASSWORD }
  t.strictSame(await house.api('POST', '/api/mqtt-config', body), { success: true, created: true })
  await watcher.value(`nolongerevil/${SERIAL}/shared/schedule_mode`, 'HEAT')
  const status = await house.api('GET', '/api/mqtt-config')
  t.match(status, { configured: true, source: 'store', username: USER, hasPassword: true })
  t.notMatch(JSON.stringify(status), PASSWORD)

  // Another prefix: what was on the old one is taken away, so that nobody takes it for the state.
  const moved = { ...body, topicPrefix: 'nest', publishRaw: false }
  t.strictSame(await house.api('POST', '/api/mqtt-config', moved), {
    success: true,
    created: false,
  })
  await watcher.value(`nest/${SERIAL}/ha/mode`, 'heat')
  await watcher.until(
    ({ topics }) => ![...topics.keys()].some((topic) => topic.startsWith('nolongerevil/')),
  )
  t.notOk(watcher.topics.has(`nest/${SERIAL}/shared`), 'and nothing raw')
  t.ok(watcher.topics.has(`homeassistant/climate/nest_${SERIAL}/thermostat/config`))

  await house.api('POST', '/api/mqtt-config', { ...moved, homeAssistantDiscovery: false })
  await watcher.until(
    ({ topics }) => ![...topics.keys()].some((topic) => topic.endsWith('/config')),
  )
  await watcher.value('nest/status', 'online')

  t.strictSame(await house.api('DELETE', '/api/mqtt-config'), { success: true, removed: true })
  await watcher.value('nest/status', 'offline')
  t.strictSame(await house.api('DELETE', '/api/mqtt-config'), { success: true, removed: false })
  t.match(await house.api('GET', '/api/mqtt-config'), { configured: false })
  t.match(await house.api('POST', '/api/mqtt-config', {}), {
    success: false,
    message: 'Missing required fields: brokerUrl',
  })
  t.notMatch(JSON.stringify(house.log.lines), PASSWORD)
})

t.test('what is stored survives a restart', { skip: NO_BROKER }, async (t) => {
  const broker = await Broker.start()
  t.teardown(() => broker.stop())
  const database = `${t.testdir()}/nle.sqlite`
  const first = await House.open(undefined, {}, database)
  await first.api('POST', '/api/mqtt-config', {
    brokerUrl: `mqtt://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${broker.port}`,
  })
  await first.log.until(({ event }) => event === 'MQTT broker connected')
  await first.close()
  const second = await House.open(undefined, {}, database)
  t.teardown(() => second.close())
  await second.log.until(({ event }) => event === 'MQTT broker connected')
  const other = await House.open({ url: 'mqtt://127.0.0.1:1' })
  t.teardown(() => other.close())
  t.match(await other.api('POST', '/api/mqtt-config', { brokerUrl: broker.url }), {
    success: true,
    note: /MQTT_HOST is set/,
  })
})

t.test('a server without a broker does not even load the client', async (t) => {
  const program = `
    const { House } = await import('./test/server/mqtt/house.ts')
    const house = await House.open()
    await house.close()
    const { createRequire } = await import('node:module')
    const require = createRequire(process.cwd() + '/x.js')
    const loaded = Object.keys(require.cache).some((path) => path.includes('/node_modules/mqtt/'))
    process.stdout.write(loaded ? 'loaded' : 'not loaded')`
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  })
  t.equal(said, 'not loaded')
})
