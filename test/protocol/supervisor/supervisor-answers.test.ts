import t from 'tap'
import { brokerIn, dataIn, ingressIn } from '../../../src/protocol/supervisor/supervisor-answers.ts'

t.test('reads a broker as the supervisor names it', async (t) => {
  const broker = { host: 'core-mosquitto', port: 1883, ssl: false }
  t.strictSame(brokerIn({ ...broker, username: 'addons', password: 'secret' }), {
    url: 'mqtt://core-mosquitto:1883',
    username: 'addons',
    password: 'secret',
  })
  const tls = { host: '172.30.33.4', port: '8883', ssl: true, username: '', password: null }
  t.strictSame(brokerIn(tls), { url: 'mqtts://172.30.33.4:8883' }, 'a port may be text')
  t.strictSame(brokerIn({ host: 'broker' }), { url: 'mqtt://broker:1883' })
  for (const host of [null, 5, '', 'a b', 'broker/path']) {
    t.throws(() => brokerIn({ ...broker, host }), { code: 'invalid' }, String(host))
  }
})

t.test('reads where the supervisor connects to', async (t) => {
  const at = { ip_address: '172.30.32.1', ingress_port: 62_001 }
  t.strictSame(ingressIn(at), { host: '172.30.32.1', port: 62_001 })
  for (const wrong of [
    { ingress_port: null },
    { ingress_port: 0 },
    { ingress_port: 1.5 },
    { ip_address: '0.0.0.0' },
    { ip_address: 'nle' },
    { ip_address: null },
  ]) {
    t.equal(ingressIn({ ...at, ...wrong }), undefined, JSON.stringify(wrong))
  }
})

t.test('only an answer that says ok has data', async (t) => {
  t.strictSame(dataIn({ result: 'ok', data: { a: 1 } }), { a: 1 })
  t.equal(dataIn({ result: 'error', message: 'no', data: { a: 1 } }), undefined)
  t.equal(dataIn({ result: 'ok', data: 'text' }), undefined)
  t.equal(dataIn(undefined), undefined)
})
