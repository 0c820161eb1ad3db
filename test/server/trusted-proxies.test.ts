import t from 'tap'
import { LOCAL_CALLER } from '../../src/protocol/lan/addresses.ts'
import { addressRange } from '../../src/protocol/lan/forwarding.ts'
import { type LogFields, silentLogger } from '../../src/server/core/logger.ts'
import { Remotes } from '../../src/server/http/remotes.ts'
import { limitKeys } from '../../src/server/lan/own-networks.ts'
import { startHome } from '../helpers/home.ts'
import { ManualClock } from '../helpers/manual-clock.ts'
import { rawRequest } from '../helpers/raw-http.ts'

type Home = Awaited<ReturnType<typeof startHome>>

const TRUSTED = { trustedProxies: [addressRange('127.0.0.1')] }
const WRONG = { code: 'A3XR7M2', userId: 'homeassistant' }

/** Guesses a code for a caller that a proxy names; the status of the answer. */
async function guess({ ask }: Home, caller: string): Promise<number> {
  const headers = { 'X-Forwarded-For': caller }
  return (await ask('POST', '/api/register', WRONG, headers)).status
}

t.test('P12: behind a trusted proxy, guesses count by the address that it names', async (t) => {
  const home = await startHome(t, { config: TRUSTED })
  for (let i = 0; i < 10; i++) t.equal(await guess(home, '192.168.1.66'), 200)
  t.equal(await guess(home, '192.168.1.66'), 429)
  t.equal(await guess(home, '192.168.1.7, 192.168.1.66'), 429, 'whatever the caller itself wrote')
  t.equal(await guess(home, '192.168.1.7'), 200, 'the owner is served')
})

t.test('P12: a caller that is no trusted proxy cannot name another address', async (t) => {
  const home = await startHome(t)
  for (let i = 0; i < 10; i++) t.equal(await guess(home, `192.168.1.${i}`), 200)
  t.equal(await guess(home, '192.168.1.7'), 429)
})

t.test('behind a trusted proxy, the log names the caller', async (t) => {
  const logged: LogFields[] = []
  const warn = (_: string, fields: LogFields = {}): void => void logged.push(fields)
  const home = await startHome(t, { config: TRUSTED, log: { ...silentLogger, warn } })
  const headers = { 'X-Forwarded-For': '192.168.1.9' }
  await rawRequest(home.server.localDeviceUrl, 'GET /nothing', headers)
  t.match(logged, [{ path: '/nothing', address: '192.168.1.9' }])
})

t.test('a new thermostat behind a trusted proxy counts for its own address', async (t) => {
  const logged: LogFields[] = []
  const info = (event: string, fields: LogFields = {}): void => {
    if (event === 'new thermostat') logged.push(fields)
  }
  const home = await startHome(t, { config: TRUSTED, log: { ...silentLogger, info } })
  const headers = { 'X-nl-device-id': '02AA01AC12345678', 'X-Forwarded-For': '192.168.1.9' }
  await rawRequest(home.server.localDeviceUrl, 'GET /nest/passphrase', headers)
  t.match(logged, [{ network: '192.168.1.9' }])
})

t.test('a caller on a Unix socket has no address, and is one of its own', async (t) => {
  const remotes = new Remotes(TRUSTED.trustedProxies)
  t.strictSame(remotes.of({ socket: {} }), { address: LOCAL_CALLER, key: LOCAL_CALLER })
})

t.test('this machine looks at its networks once a minute, and only for IPv6', async (t) => {
  const clock = new ManualClock()
  let networks = ['2001:db8:0:1::/64']
  let looks = 0
  const keyOf = limitKeys(clock, () => {
    looks += 1
    return new Set(networks)
  })
  t.equal(keyOf('192.168.1.5'), '192.168.1.5')
  t.equal(looks, 0)
  t.equal(keyOf('2001:db8:0:1::5'), '2001:db8:0:1::5')
  networks = ['2001:db8:0:2::/64']
  t.equal(keyOf('2001:db8:0:1::6'), '2001:db8:0:1::6')
  t.equal(looks, 1)
  clock.advance(60_000)
  t.equal(keyOf('2001:db8:0:1::5'), '2001:db8:0:1::/64')
  t.equal(keyOf('2001:db8:0:2::5'), '2001:db8:0:2::5')
})
