import t from 'tap'
import type { Subject } from '../../../src/server/doctor/finding.ts'
import type { Machine } from '../../../src/server/doctor/machine.ts'
import { checkMatter } from '../../../src/server/doctor/matter-check.ts'

const RUNNING = {
  on: true,
  running: true,
  port: 5540,
  interface: 'eth0',
  fabrics: [{ index: 1, name: 'Apple Home', vendor: 4937 }],
  thermostats: 2,
  memory_bytes: 250_000_000,
  last_error: null,
}

/** What the doctor says of a bridge with this state, on this machine. */
function look(matter: object | undefined, changes: Partial<Machine> = {}) {
  const machine = {
    lan: () => ({ address: '192.168.1.5', interfaceName: 'wlan0' }),
    hasIpv6: () => true,
    hearsMulticast: async () => true,
    ...changes,
  }
  return checkMatter({ live: { matter }, machine } as unknown as Subject)
}

t.test('says nothing of a bridge that is off', async (t) => {
  t.strictSame(await look(undefined), [])
  t.strictSame(await look({ ...RUNNING, on: false }), [])
})

t.test('says that all is well', async (t) => {
  t.match(await look(RUNNING), [
    { level: 'ok', message: 'on the network with 2 thermostats; 1 app paired' },
  ])
})

t.test('says what keeps the bridge from running', async (t) => {
  const down = (last_error: string | null) => look({ ...RUNNING, running: false, last_error })
  t.match(await down('Cannot bind {::}:5540 because port is already in use'), [
    { level: 'problem', message: 'UDP port 5540 is taken by another program', mend: /MATTER_PORT/ },
  ])
  t.match(await down('it was ended by SIGKILL'), [
    { level: 'problem', message: /ended: it was ended by SIGKILL/ },
  ])
  t.match(await down(null), [{ level: 'note', message: /starting/ }])
})

t.test('says why no app finds the bridge', async (t) => {
  const asked: string[] = []
  const hearsMulticast = async (name: string) => {
    asked.push(name)
    return false
  }
  t.match(await look(RUNNING, { hasIpv6: () => false }), [
    { level: 'problem', message: /eth0 has no IPv6/, mend: /MATTER_INTERFACE/ },
  ])
  t.match(await look(RUNNING, { hearsMulticast }), [
    { level: 'problem', message: /multicast is blocked on eth0/, mend: /5353/ },
  ])
  // With every interface, that of the home network is looked at.
  await look({ ...RUNNING, interface: null }, { hearsMulticast })
  t.strictSame(asked, ['eth0', 'wlan0'])
  t.match(await look(RUNNING, { hearsMulticast: async () => undefined }), [{ level: 'ok' }])
})

t.test('warns of a bridge that takes much memory', async (t) => {
  t.match(await look({ ...RUNNING, memory_bytes: 500_000_000 }), [
    { level: 'warning', message: /takes 500 MB/ },
  ])
})
