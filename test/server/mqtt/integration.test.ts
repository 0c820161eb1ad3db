import { execFileSync } from 'node:child_process'
import t from 'tap'
import { Broker, NO_BROKER, PASSWORD, USER } from './broker.ts'
import { LoggedServer } from './logged-server.ts'
import { Watcher } from './watcher.ts'

const SERIAL = '02AA01AC00000001'

t.test(
  'stores a broker set by request, uses it at once, and forgets it when deleted',
  { skip: NO_BROKER },
  async (t) => {
    const broker = await Broker.start()
    t.teardown(() => broker.stop())
    const watcher = await Watcher.connect(broker)
    t.teardown(() => watcher.end())
    const nle = await LoggedServer.open()
    t.teardown(() => nle.close())
    await nle.pair(SERIAL)
    t.strictSame(await nle.api('GET', '/api/mqtt-config'), { configured: false, connected: false })
    const body = { brokerUrl: broker.url, username: USER, password: PASSWORD }
    t.strictSame(await nle.api('POST', '/api/mqtt-config', body), { success: true, created: true })
    await watcher.value(`nolongerevil/${SERIAL}/device/current_schedule_mode`, 'HEAT')
    const status = await nle.api('GET', '/api/mqtt-config')
    t.match(status, { configured: true, source: 'store', username: USER, hasPassword: true })
    t.notMatch(JSON.stringify(status), PASSWORD)

    // With another prefix, nle clears the old topics, so that no client reads outdated states.
    const moved = { ...body, topicPrefix: 'nest', publishRaw: false }
    t.strictSame(await nle.api('POST', '/api/mqtt-config', moved), {
      success: true,
      created: false,
    })
    await watcher.value(`nest/${SERIAL}/ha/mode`, 'heat')
    await watcher.until(
      ({ topics }) => ![...topics.keys()].some((topic) => topic.startsWith('nolongerevil/')),
    )
    t.notOk(watcher.topics.has(`nest/${SERIAL}/shared`), 'no raw topics')
    t.ok(watcher.topics.has(`homeassistant/climate/nest_${SERIAL}/thermostat/config`))

    await nle.api('POST', '/api/mqtt-config', { ...moved, homeAssistantDiscovery: false })
    await watcher.until(
      ({ topics }) => ![...topics.keys()].some((topic) => topic.endsWith('/config')),
    )
    await watcher.value('nest/status', 'online')

    t.strictSame(await nle.api('DELETE', '/api/mqtt-config'), { success: true, removed: true })
    await watcher.value('nest/status', 'offline')
    t.strictSame(await nle.api('DELETE', '/api/mqtt-config'), { success: true, removed: false })
    t.match(await nle.api('GET', '/api/mqtt-config'), { configured: false })
    t.match(await nle.api('POST', '/api/mqtt-config', {}), {
      success: false,
      message: 'Missing required fields: brokerUrl',
    })
    t.notMatch(JSON.stringify(nle.log.lines), PASSWORD)
  },
)

t.test('the stored broker survives a restart', { skip: NO_BROKER }, async (t) => {
  const broker = await Broker.start()
  t.teardown(() => broker.stop())
  const database = `${t.testdir()}/nle.sqlite`
  const first = await LoggedServer.open(undefined, {}, database)
  await first.api('POST', '/api/mqtt-config', {
    brokerUrl: `mqtt://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${broker.port}`,
  })
  await first.log.until(({ event }) => event === 'MQTT broker connected')
  await first.close()
  const second = await LoggedServer.open(undefined, {}, database)
  t.teardown(() => second.close())
  await second.log.until(({ event }) => event === 'MQTT broker connected')
  const other = await LoggedServer.open({ url: 'mqtt://127.0.0.1:1' })
  t.teardown(() => other.close())
  t.match(await other.api('POST', '/api/mqtt-config', { brokerUrl: broker.url }), {
    success: true,
    note: /MQTT_HOST is set/,
  })
})

t.test('a stored password is not sent to another broker', async (t) => {
  const nle = await LoggedServer.open()
  t.teardown(() => nle.close())
  const broker = { brokerUrl: '127.0.0.1:1', username: USER, password: PASSWORD }
  await nle.api('POST', '/api/mqtt-config', broker)
  const moved = await nle.api('POST', '/api/mqtt-config', { brokerUrl: '127.0.0.1:2' })
  t.match(moved, { success: false, message: /password: .* another broker/ })
  const status = () => nle.api('GET', '/api/mqtt-config')
  t.match(await status(), { brokerUrl: 'mqtt://127.0.0.1:1', hasPassword: true }, 'nothing changed')
  await nle.api('POST', '/api/mqtt-config', { brokerUrl: '127.0.0.1:1', publishRaw: false })
  t.match(await status(), { username: USER, hasPassword: true, publishRaw: false })
  await nle.api('POST', '/api/mqtt-config', { brokerUrl: '127.0.0.1:2', password: '' })
  t.match(await status(), { brokerUrl: 'mqtt://127.0.0.1:2', username: null, hasPassword: false })
})

t.test('a server without a broker does not load the MQTT client', async (t) => {
  const program = `
    const { LoggedServer } = await import('./test/server/mqtt/logged-server.ts')
    const nle = await LoggedServer.open()
    await nle.close()
    const { createRequire } = await import('node:module')
    const require = createRequire(process.cwd() + '/x.js')
    const loaded = Object.keys(require.cache).some((path) => path.includes('/node_modules/mqtt/'))
    process.stdout.write(loaded ? 'loaded' : 'not loaded')`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  })
  t.equal(output, 'not loaded')
})
