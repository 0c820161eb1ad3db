import t from 'tap'
import { brokerToSet, mqttLine } from '../../../src/web/views/settings/mqtt-rules.ts'

t.test('tells how the connection to the broker goes', async (t) => {
  const broker = { configured: true, brokerUrl: 'mqtt://pi:1883' }
  t.match(mqttLine({ configured: false, connected: false }).text, /^Off/)
  t.same(mqttLine({ ...broker, connected: true }), {
    text: 'Connected to mqtt://pi:1883.',
    isFault: false,
  })
  t.match(mqttLine({ ...broker, connected: false, lastError: null }).text, /^Connecting/)
  const failed = mqttLine({ ...broker, connected: false, lastError: 'it refuses the password' })
  t.equal(failed.isFault, true)
  t.match(failed.text, /Not connected to mqtt:\/\/pi:1883: it refuses the password\. The server/)
})

t.test('sets a broker without losing what the form does not show', async (t) => {
  const status = {
    configured: true,
    connected: true,
    brokerUrl: 'mqtt://pi:1883',
    topicPrefix: 'home/nest',
    publishRaw: false,
  }
  const typed = { broker: ' pi ', user: ' nle ', password: '', ca: ' ' }
  t.same(brokerToSet(status, typed), {
    brokerUrl: 'pi',
    username: 'nle',
    topicPrefix: 'home/nest',
    publishRaw: false,
  })
  const first = { configured: false, connected: false }
  t.same(brokerToSet(first, { ...typed, user: '', password: ' secret ', ca: 'PEM' }), {
    brokerUrl: 'pi',
    password: ' secret ',
    ca: 'PEM',
  })
})
