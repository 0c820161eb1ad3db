import t, { type Test } from 'tap'
import type { AnnouncedServer } from '../../../src/server/lan/announcement.ts'
import { Announcer, announcedAddress } from '../../../src/server/lan/announcer.ts'
import type { LanAddress } from '../../../src/server/lan/lan-address.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'

const HOME: LanAddress = { address: '192.168.1.5', interfaceName: 'eth0' }
const AT = { address: '0.0.0.0', port: 8082 }
const LOOK_MS = 30_000

/** An announcer whose network the test changes, and what it did there. */
function announcer(t: Test) {
  const clock = new ManualClock()
  const world = {
    lan: HOME as LanAddress | undefined,
    error: undefined as Error | undefined,
    lose: (_reason: string): void => {},
  }
  const did: string[] = []
  const warned: string[] = []
  const quiet = () => {}
  const one = new Announcer({
    clock,
    log: { debug: quiet, info: quiet, error: quiet, warn: (event) => void warned.push(event) },
    version: '1.0.0',
    addressOf: () => world.lan,
    async announce({ lan, port }: AnnouncedServer, _clock, lost) {
      if (world.error !== undefined) throw world.error
      did.push(`announced ${lan.address}:${port}`)
      world.lose = lost
      return {
        name: 'nle on pi',
        end: async () => void did.push(`ended ${lan.address}`),
      }
    },
  })
  t.teardown(() => one.stop())
  /** Has it look at the network again. */
  const look = async (): Promise<void> => {
    clock.advance(LOOK_MS)
    await settled()
  }
  return { one, world, did, warned, look }
}

/** Lets promises of the announcer settle. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

t.test('announces once, and says goodbye when the server stops', async (t) => {
  const { one, did, look } = announcer(t)
  one.start(AT)
  await settled()
  await look()
  t.strictSame(did, ['announced 192.168.1.5:8082'])
  t.strictSame(one.state, { type: 'announced', name: 'nle on pi', address: '192.168.1.5' })
  await one.stop()
  t.strictSame(did.slice(1), ['ended 192.168.1.5'])
})

t.test('waits for a network, and follows its address', async (t) => {
  const { one, world, did, look } = announcer(t)
  world.lan = undefined
  one.start(AT)
  await settled()
  t.strictSame(one.state, { type: 'nowhere' })
  world.lan = HOME
  await look()
  world.lan = { ...HOME, address: '192.168.1.9' }
  await look()
  world.lan = undefined
  await look()
  t.strictSame(did, [
    'announced 192.168.1.5:8082',
    'ended 192.168.1.5',
    'announced 192.168.1.9:8082',
    'ended 192.168.1.9',
  ])
  t.strictSame(one.state, { type: 'nowhere' })
})

t.test('a port that is taken and a socket that fails are tried again', async (t) => {
  const { one, world, did, warned, look } = announcer(t)
  world.error = new Error('bind EADDRINUSE')
  one.start(AT)
  await settled()
  t.strictSame(one.state, { type: 'failed', reason: 'bind EADDRINUSE' })
  world.error = undefined
  await look()
  t.equal(one.state.type, 'announced')
  world.lose('ENODEV')
  t.strictSame(one.state, { type: 'failed', reason: 'ENODEV' })
  await look()
  t.strictSame(did, [
    'announced 192.168.1.5:8082',
    'ended 192.168.1.5',
    'announced 192.168.1.5:8082',
  ])
  t.equal(warned.length, 2)
})

t.test('a server is announced to those who reach it, and never to a data centre', async (t) => {
  const interfaces = (name: string, address: string) => ({
    [name]: [
      {
        address,
        family: 'IPv4' as const,
        internal: false,
        netmask: '255.255.255.0',
        mac: '02:00:00:00:00:01',
        cidr: `${address}/24`,
      },
    ],
  })
  const home = interfaces('eth0', '192.168.1.5')
  t.strictSame(announcedAddress('0.0.0.0', home), HOME)
  t.strictSame(announcedAddress('::', home), HOME)
  t.strictSame(announcedAddress('192.168.1.5', home), HOME)
  t.equal(announcedAddress('127.0.0.1', home), undefined)
  t.equal(announcedAddress('0.0.0.0', interfaces('eth0', '9.9.9.9')), undefined)
  t.equal(announcedAddress('0.0.0.0', interfaces('docker0', '172.17.0.1')), undefined)
  t.equal(announcedAddress('0.0.0.0', {}), undefined)
})
