import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readBroker, topicPrefix } from '../../../src/protocol/mqtt/broker-config.ts'
import { BrokerLink } from '../../../src/server/mqtt/broker-link.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'
import { Broker, freePort, NO_BROKER, PASSWORD, USER } from './broker.ts'
import { LoggedServer, QUICK, RecordingLogger } from './logged-server.ts'
import { OldBroker } from './old-broker.ts'
import { Watcher } from './watcher.ts'

const SERIAL = '02AA01AC00000001'

t.test(
  'falls back to version 3.1.1 for a broker that does not support 5',
  { skip: NO_BROKER },
  async (t) => {
    for (const behavior of ['refuses 5', 'hangs up on 5'] as const) {
      const broker = await Broker.start()
      const proxy = await OldBroker.start(behavior, broker.port)
      const watcher = await Watcher.connect(broker)
      // With 3.1.1 the broker sends retained messages, although the subscription does not want them.
      await watcher.publish(`nolongerevil/${SERIAL}/ha/target_temperature/set`, '23', true)
      const nle = await LoggedServer.open(proxy)
      t.teardown(async () => {
        await watcher.end()
        await nle.close()
        await proxy.stop()
        await broker.stop()
      })
      await nle.log.until(({ event }) => event === 'MQTT broker connected')
      t.match(await nle.api('GET', '/api/mqtt-config'), {
        connected: true,
        protocolVersion: '3.1.1',
        lastError: null,
      })
      t.strictSame(proxy.asked, [5, 4], behavior)
      const refused = await nle.log.until(({ event }) => event === 'MQTT message refused')
      t.match(refused.fields.reason, /retained command is not carried out/)
      const thermostat = await nle.pair(SERIAL)
      await watcher.publish(`nolongerevil/${SERIAL}/ha/mode/set`, 'cool')
      await thermostat.waitFor(
        'its mode',
        (each) => each.value('shared').target_temperature_type === 'cool',
      )
      await watcher.value(`nolongerevil/${SERIAL}/ha/mode`, 'cool')
    }
  },
)

t.test(
  'logs a refused password once, and never the password itself',
  { skip: NO_BROKER },
  async (t) => {
    const broker = await Broker.start()
    t.teardown(() => broker.stop())
    const nle = await LoggedServer.open(broker, { MQTT_PASSWORD: 'not the right one' })
    t.teardown(() => nle.close())
    await nle.log.until(
      ({ event, level }) => event === 'MQTT broker not reached' && level === 'debug',
    )
    const warnings = nle.log.lines.filter(({ level }) => level === 'warn')
    t.match(warnings, [{ fields: { reason: /not authori[sz]ed/i } }])
    t.equal(warnings.length, 1)
    t.match(await nle.api('GET', '/api/mqtt-config'), { connected: false, hasPassword: true })
    t.notMatch(JSON.stringify(nle.log.lines), /not the right one/)
  },
)

t.test(
  'publishes the other topics when the broker refuses some',
  { skip: NO_BROKER },
  async (t) => {
    const acl = join(t.testdir({ acl: `user ${USER}\ntopic readwrite nolongerevil/#\n` }), 'acl')
    const broker = await Broker.start([`acl_file ${acl}`])
    t.teardown(() => broker.stop())
    const nle = await LoggedServer.open(broker)
    t.teardown(() => nle.close())
    const watcher = await Watcher.connect(broker, 'nolongerevil/#')
    t.teardown(() => watcher.end())
    // More refusals than messages that may be in flight.
    for (const serial of [SERIAL, '02AA01AC00000002']) {
      await nle.pair(serial)
      await watcher.value(`nolongerevil/${serial}/device/current_schedule_mode`, 'HEAT')
    }
    const warnings = nle.log.of('the MQTT broker refuses a topic')
    t.match(warnings, [{ fields: { topic: 'homeassistant' } }])
    t.equal(warnings.length, 1)
  },
)

t.test('doubles the pause between attempts, up to a limit', async (t) => {
  const clock = new ManualClock()
  const log = new RecordingLogger()
  const port = await freePort()
  const config = {
    ...readBroker({ brokerUrl: `127.0.0.1:${port}` }),
    topicPrefix: topicPrefix('p'),
    discoveryPrefix: 'd',
    publishRaw: false,
    homeAssistantDiscovery: false,
  }
  const times = { ...QUICK, firstPauseMs: 1_000, maxPauseMs: 8_000 }
  const link = new BrokerLink(
    config,
    'nle-test',
    { clock, log, times },
    {
      connected: () => ({ message: () => {}, refused: () => {} }),
      disconnected: () => {},
    },
  )
  link.start()
  const pauses: unknown[] = []
  for (let i = 1; i <= 6; i++) {
    await log.until(() => log.of('MQTT broker not reached').length === i)
    pauses.push(log.of('MQTT broker not reached').at(-1)?.fields.retry_s)
    clock.advance(8_000)
  }
  t.strictSame(pauses, [1, 2, 4, 8, 8, 8])
  t.match(link.state, { connected: false, lastError: /ECONNREFUSED/ })
  await link.stop()
  clock.advance(60_000)
  t.equal(clock.timers.pending, 0, 'no attempt after stop')
})

t.test(
  'a broker that never answers does not keep the server from stopping',
  { skip: NO_BROKER },
  async (t) => {
    const proxy = await OldBroker.start('never answers', 1)
    t.teardown(() => proxy.stop())
    const nle = await LoggedServer.open(proxy)
    const thermostat = await nle.pair(SERIAL)
    t.ok(thermostat.paired, 'thermostats are served meanwhile')
    await nle.close()
    await proxy.idle()
    t.pass('the server has closed its connection')
  },
)

t.test(
  'a broker that stops reading does not keep the server from stopping',
  { skip: NO_BROKER },
  async (t) => {
    const broker = await Broker.start()
    t.teardown(() => broker.stop())
    const nle = await LoggedServer.open(broker)
    const thermostat = await nle.pair(SERIAL)
    await nle.log.until(({ event }) => event === 'MQTT broker connected')
    await broker.signal('SIGSTOP')
    for (let i = 0; i < 100; i++) thermostat.sense({ currentTemperature: 10 + i / 10 })
    thermostat.sense({ currentTemperature: 25 })
    await thermostat.waitFor('its put', (each) => !each.unsettled)
    const status = await nle.api('GET', '/api/mqtt-config')
    t.ok(Number(status.messagesWaiting) < 600, 'no more messages wait than there are topics')
    await nle.close()
    t.pass('the server stops')
  },
)

const openssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return false
  } catch {
    return 'no openssl on this machine to make certificates with'
  }
})()

t.test(
  'mqtts accepts a broker signed by the configured CA only',
  { skip: NO_BROKER || openssl },
  async (t) => {
    const folder = t.testdir()
    const run = (...args: string[]) =>
      execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
    const subject = (name: string) => ['-subj', `/CN=${name}`]
    run(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'ca.key',
      '-out',
      'ca.crt',
      ...subject('ca'),
    )
    run(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'b.key',
      '-out',
      'b.csr',
      ...subject('broker'),
      '-addext',
      'subjectAltName=IP:127.0.0.1',
    )
    run(
      'x509',
      '-req',
      '-in',
      'b.csr',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      'b.crt',
      '-copy_extensions',
      'copy',
    )
    const broker = await Broker.start([
      `certfile ${join(folder, 'b.crt')}`,
      `keyfile ${join(folder, 'b.key')}`,
    ])
    t.teardown(() => broker.stop())
    const url = `mqtts://127.0.0.1:${broker.port}`
    const trusting = await LoggedServer.open({ url }, { MQTT_CA_FILE: join(folder, 'ca.crt') })
    t.teardown(() => trusting.close())
    await trusting.log.until(({ event }) => event === 'MQTT broker connected')
    const wary = await LoggedServer.open({ url })
    t.teardown(() => wary.close())
    const failure = await wary.log.until(({ event }) => event === 'MQTT broker not reached')
    t.match(failure.fields.reason, /certificate/)
    await wary.api('POST', '/api/mqtt-config', {
      brokerUrl: url,
      ca: readFileSync(join(folder, 'ca.crt'), 'utf8'),
    })
    t.equal(wary.log.of('MQTT broker connected').length, 0, 'the environment wins')
    const stored = await LoggedServer.open()
    t.teardown(() => stored.close())
    await stored.api('POST', '/api/mqtt-config', {
      brokerUrl: url,
      username: USER,
      password: PASSWORD,
      ca: readFileSync(join(folder, 'ca.crt'), 'utf8'),
    })
    await stored.log.until(({ event }) => event === 'MQTT broker connected')
  },
)
