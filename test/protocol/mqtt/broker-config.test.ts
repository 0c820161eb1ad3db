import t from 'tap'
import { resolveConfig } from '../../../src/config.ts'
import {
  brokerAddress,
  effectiveBroker,
  readBroker,
  topicPrefix,
} from '../../../src/protocol/mqtt/broker-config.ts'
import { refusal } from '../make.ts'

const UNSET = {
  url: undefined,
  username: undefined,
  password: undefined,
  ca: undefined,
  topicPrefix: undefined,
  discoveryPrefix: undefined,
}

t.test('reads addresses as people write them', async (t) => {
  const rows: [string, string][] = [
    ['192.168.1.5', 'mqtt://192.168.1.5:1883'],
    ['broker.local:1884', 'mqtt://broker.local:1884'],
    ['mqtt://broker', 'mqtt://broker:1883'],
    ['tcp://broker:1', 'mqtt://broker:1'],
    ['mqtts://broker/', 'mqtts://broker:8883'],
    ['ssl://broker', 'mqtts://broker:8883'],
    ['mqtt://[::1]:1883', 'mqtt://[::1]:1883'],
  ]
  for (const [text, url] of rows) t.equal(brokerAddress(text).url, url)
  t.equal(brokerAddress('mqtts://broker:1', 2).url, 'mqtts://broker:2')
  t.strictSame(brokerAddress('mqtt://a%40b:c%3Ad@broker'), {
    url: 'mqtt://broker:1883',
    username: 'a@b',
    password: 'c:d',
  })
  for (const text of [
    '',
    'http://broker',
    'mqtt://',
    'mqtt://broker/path',
    'a b',
    'mqtt://b?x=1',
  ]) {
    t.match(
      refusal(() => brokerAddress(text)),
      /mqtt:\/\//,
      text,
    )
  }
})

t.test('checks topic prefixes', async (t) => {
  for (const text of ['nolongerevil', 'home/nest', 'Übergabe']) t.equal(topicPrefix(text), text)
  for (const text of ['', '/a', 'a/', 'a//b', 'a+b', '#', 'a b', '$SYS', 'a\nb']) {
    t.match(
      refusal(() => topicPrefix(text)),
      /topic/,
      JSON.stringify(text),
    )
  }
})

t.test('reads the body of POST /api/mqtt-config and names the wrong field', async (t) => {
  t.strictSame(
    readBroker({
      brokerUrl: 'mqtt://u:p@broker',
      username: '',
      password: null,
      topicPrefix: 'nest',
      publishRaw: false,
      homeAssistantDiscovery: true,
      somethingNew: 1,
    }),
    {
      url: 'mqtt://broker:1883',
      username: 'u',
      password: 'p',
      topicPrefix: 'nest',
      publishRaw: false,
      homeAssistantDiscovery: true,
    },
  )
  const rows: [unknown, RegExp][] = [
    [undefined, /Missing required fields: brokerUrl/],
    [[], /brokerUrl/],
    [{ brokerUrl: 7 }, /brokerUrl must be text/],
    [{ brokerUrl: 'http://x' }, /brokerUrl: it has to be/],
    [{ brokerUrl: 'b', topicPrefix: '#' }, /topicPrefix:/],
    [{ brokerUrl: 'b', publishRaw: 'yes' }, /publishRaw must be true or false/],
    [{ brokerUrl: 'b', password: 'x'.repeat(300) }, /at most 256/],
  ]
  for (const [body, message] of rows)
    t.match(
      refusal(() => readBroker(body)),
      message,
    )
  t.notMatch(
    refusal(() => readBroker({ brokerUrl: 'http://u:secret@x' })),
    /secret/,
  )
})

t.test('the environment wins, and a stored password goes to no other broker', async (t) => {
  const stored = readBroker({
    brokerUrl: 'mqtt://u:p@home',
    topicPrefix: 'stored',
    publishRaw: false,
  })
  t.equal(effectiveBroker(UNSET, undefined), undefined)
  t.strictSame(effectiveBroker(UNSET, stored), {
    topicPrefix: 'stored',
    discoveryPrefix: 'homeassistant',
    publishRaw: false,
    homeAssistantDiscovery: true,
    url: 'mqtt://home:1883',
    username: 'u',
    password: 'p',
  })
  t.strictSame(effectiveBroker({ ...UNSET, url: 'mqtt://other:1', topicPrefix: 'env' }, stored), {
    topicPrefix: 'env',
    discoveryPrefix: 'homeassistant',
    publishRaw: false,
    homeAssistantDiscovery: true,
    url: 'mqtt://other:1',
  })
})

t.test('a stored password stays only for whom it was given', async (t) => {
  const stored = readBroker({ brokerUrl: 'mqtts://u:hush@home', ca: 'one', topicPrefix: 'nest' })
  const same = { brokerUrl: 'mqtts://home', ca: 'one' }
  const kept = { url: 'mqtts://home:8883', username: 'u', password: 'hush', ca: 'one' }
  t.strictSame(readBroker(same, stored), kept, 'the rest is as the body says')
  t.strictSame(readBroker({ ...same, username: 'u' }, stored), kept)
  const others: [object, RegExp][] = [
    [{ ...same, brokerUrl: 'mqtts://other' }, /another broker \(mqtts:\/\/home:8883\)/],
    [{ ...same, brokerUrl: 'mqtts://home:1' }, /another broker/],
    [{ ...same, brokerUrl: 'mqtt://home:8883' }, /another broker/],
    [{ ...same, username: 'v' }, /another user \(u\)/],
    [{ ...same, brokerUrl: 'mqtts://v@home' }, /another user/],
    [{ ...same, ca: 'two' }, /another certificate authority/],
    [{ brokerUrl: same.brokerUrl }, /another certificate authority/],
  ]
  for (const [body, why] of others) {
    const message = refusal(() => readBroker(body, stored))
    t.match(message, why, JSON.stringify(body))
    t.match(message, /^password: .*again/)
    t.notMatch(message, /hush/)
    t.equal(readBroker({ ...body, password: 'new' }, stored).password, 'new')
    for (const none of ['', null]) {
      t.equal(readBroker({ ...body, password: none }, stored).password, undefined)
    }
  }
  t.notOk('password' in readBroker({ brokerUrl: 'other' }, readBroker({ brokerUrl: 'home' })))
})

t.test('settings and refusals never show the password', async (t) => {
  const { config, sources } = resolveConfig(
    {},
    { MQTT_HOST: 'broker', MQTT_PORT: '1884', MQTT_PASSWORD: 'hush hush' },
  )
  t.match(config, { mqttHost: 'mqtt://broker:1883', mqttPort: 1884, mqttPassword: 'hush hush' })
  t.notMatch(JSON.stringify(sources), /hush/)
  t.match(
    sources.find(({ env }) => env === 'MQTT_PASSWORD'),
    { text: '********' },
  )
  for (const host of ['mqtt://me:hush@broker', 'http://me:hush@broker', 'me:hush@broker']) {
    t.notMatch(
      refusal(() => resolveConfig({}, { MQTT_HOST: host })),
      /hush/,
      host,
    )
  }
})
