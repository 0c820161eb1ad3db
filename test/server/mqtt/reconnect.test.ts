import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readBroker, topicPrefix } from '../../../src/protocol/mqtt/broker-config.ts'
import { Link } from '../../../src/server/mqtt/reconnect.ts'
import { Broker, freePort, NO_BROKER, PASSWORD, USER } from './broker.ts'
import { FakeClock } from './fake-clock.ts'
import { House, LogBook, QUICK } from './house.ts'
import { OldBroker } from './old-broker.ts'
import { Watcher } from './watcher.ts'

const SERIAL = '02AA01AC00000001'

t.test('a broker of 3.1.1 is spoken to in 3.1.1', { skip: NO_BROKER }, async (t) => {
  for (const manner of ['refuses 5', 'hangs up on 5'] as const) {
    const broker = await Broker.start()
    const proxy = await OldBroker.start(manner, broker.port)
    const watcher = await Watcher.connect(broker)
    // Here the broker repeats what is retained, whatever was asked for.
    await watcher.publish(`nolongerevil/${SERIAL}/ha/target_temperature/set`, '23', true)
    const house = await House.open(proxy)
    t.teardown(async () => {
      await watcher.end()
      await house.close()
      await proxy.stop()
      await broker.stop()
    })
    await house.log.until(({ event }) => event === 'MQTT broker connected')
    t.match(await house.api('GET', '/api/mqtt-config'), {
      connected: true,
      protocolVersion: '3.1.1',
      lastError: null,
    })
    t.strictSame(proxy.asked, [5, 4], manner)
    const refused = await house.log.until(({ event }) => event === 'MQTT message refused')
    t.match(refused.fields.reason, /retained command is not carried out/)
    const thermostat = await house.pair(SERIAL)
    await watcher.publish(`nolongerevil/${SERIAL}/ha/mode/set`, 'cool')
    await thermostat.waitFor(
      'its mode',
      (each) => each.value('shared').target_temperature_type === 'cool',
    )
    await watcher.value(`nolongerevil/${SERIAL}/ha/mode`, 'cool')
  }
})

t.test('a wrong password is told once, and not what it is', { skip: NO_BROKER }, async (t) => {
  const broker = await Broker.start()
  t.teardown(() => broker.stop())
  const house = await House.open(broker, { MQTT_PASSWORD: 'not the right one' })
  t.teardown(() => house.close())
  await house.log.until(
    ({ event, level }) => event === 'MQTT broker not reached' && level === 'debug',
  )
  const told = house.log.lines.filter(({ level }) => level === 'warn')
  t.match(told, [{ fields: { reason: /not authori[sz]ed/i } }])
  t.equal(told.length, 1)
  t.match(await house.api('GET', '/api/mqtt-config'), { connected: false, hasPassword: true })
  t.notMatch(JSON.stringify(house.log.lines), /not the right one/)
})

t.test(
  'a broker that refuses some topics still gets the others',
  { skip: NO_BROKER },
  async (t) => {
    const acl = join(t.testdir({ acl: `user ${USER}\ntopic readwrite nolongerevil/#\n` }), 'acl')
    const broker = await Broker.start([`acl_file ${acl}`])
    t.teardown(() => broker.stop())
    const house = await House.open(broker)
    t.teardown(() => house.close())
    const watcher = await Watcher.connect(broker, 'nolongerevil/#')
    t.teardown(() => watcher.end())
    // More refusals than messages that may be under way.
    for (const serial of [SERIAL, '02AA01AC00000002']) {
      await house.pair(serial)
      await watcher.value(`nolongerevil/${serial}/shared/schedule_mode`, 'HEAT')
    }
    const told = house.log.of('the MQTT broker refuses a topic')
    t.match(told, [{ fields: { topic: 'homeassistant' } }])
    t.equal(told.length, 1)
  },
)

t.test('the pauses between attempts grow up to a limit', async (t) => {
  const clock = new FakeClock()
  const log = new LogBook()
  const port = await freePort()
  const config = {
    ...readBroker({ brokerUrl: `127.0.0.1:${port}` }),
    topicPrefix: topicPrefix('p'),
    discoveryPrefix: 'd',
    publishRaw: false,
    homeAssistantDiscovery: false,
  }
  const times = { ...QUICK, firstPauseMs: 1_000, maxPauseMs: 8_000 }
  const link = new Link(
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
  t.equal(clock.timers, 0, 'and none after the end')
})

t.test('a broker that never answers does not keep the server', { skip: NO_BROKER }, async (t) => {
  const proxy = await OldBroker.start('swallows', 1)
  t.teardown(() => proxy.stop())
  const house = await House.open(proxy)
  const thermostat = await house.pair(SERIAL)
  t.ok(thermostat.paired, 'thermostats do not notice')
  await house.close()
  await proxy.left()
  t.pass('and nothing is left of it in the end')
})

t.test(
  'a broker that stops taking anything does not keep the server',
  { skip: NO_BROKER },
  async (t) => {
    const broker = await Broker.start()
    t.teardown(() => broker.stop())
    const house = await House.open(broker)
    const thermostat = await house.pair(SERIAL)
    await house.log.until(({ event }) => event === 'MQTT broker connected')
    await broker.signal('SIGSTOP')
    for (let i = 0; i < 100; i++) thermostat.sense({ currentTemperature: 10 + i / 10 })
    thermostat.sense({ currentTemperature: 25 })
    await thermostat.waitFor('its put', (each) => !each.unsettled)
    const status = await house.api('GET', '/api/mqtt-config')
    t.ok(Number(status.messagesWaiting) < 600, 'no more waits than there are topics')
    await house.close()
    t.pass('it ends, too')
  },
)

const openssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return false
  } catch {
    return 'no openssl on this machine, to make certificates with'
  }
})()

t.test('mqtts with a CA of one’s own', { skip: NO_BROKER || openssl }, async (t) => {
  const folder = t.testdir()
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
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
  const trusting = await House.open({ url }, { MQTT_CA_FILE: join(folder, 'ca.crt') })
  t.teardown(() => trusting.close())
  await trusting.log.until(({ event }) => event === 'MQTT broker connected')
  const wary = await House.open({ url })
  t.teardown(() => wary.close())
  const told = await wary.log.until(({ event }) => event === 'MQTT broker not reached')
  t.match(told.fields.reason, /certificate/)
  await wary.api('POST', '/api/mqtt-config', {
    brokerUrl: url,
    ca: readFileSync(join(folder, 'ca.crt'), 'utf8'),
  })
  t.equal(wary.log.of('MQTT broker connected').length, 0, 'the environment wins')
  const stored = await House.open()
  t.teardown(() => stored.close())
  await stored.api('POST', '/api/mqtt-config', {
    brokerUrl: url,
    username: USER,
    password: PASSWORD,
    ca: readFileSync(join(folder, 'ca.crt'), 'utf8'),
  })
  await stored.log.until(({ event }) => event === 'MQTT broker connected')
})
