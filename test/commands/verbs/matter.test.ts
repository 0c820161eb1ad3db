import t, { type Test } from 'tap'
import { FakeBridges, REPORT } from '../../helpers/fake-bridges.ts'
import { startHome } from '../../helpers/home.ts'
import { nle } from '../shell.ts'

const APPLE = { index: 1, name: 'Apple Home', vendor: 0x1349 }

async function open(t: Test) {
  const bridges = new FakeBridges()
  const home = await startHome(t, { launchBridge: async () => bridges.launch })
  /** On the machine of the server. */
  const matter = (...args: string[]) => nle(['matter', ...args, '--db', home.databasePath])
  /** Elsewhere, without a token. */
  const stranger = (...args: string[]) =>
    nle(['matter', ...args, '--server', home.server.controlUrl])
  return { bridges, matter, stranger }
}

t.test('matter on shows the code, as a picture and to type', async (t) => {
  const { matter, stranger } = await open(t)
  t.match(await matter(), { exitCode: 0, stdout: /off; switch it on with "nle matter on"/ })
  const on = await matter('on')
  t.equal(on.exitCode, 0)
  t.match(on.stdout, /on the network/)
  t.match(on.stdout, /controllers +none yet/)
  t.match(on.stdout, /█▀|▀█/)
  t.match(on.stdout, /type 1112-851-4311\./)
  t.match(JSON.parse((await matter('--json')).stdout), {
    on: true,
    manualCode: REPORT.manualCode,
    qrCode: REPORT.qrCode,
    fabrics: [],
  })
  // The code is the owner's.
  const seen = await stranger('--json')
  t.match(JSON.parse(seen.stdout), { on: true, manualCode: null, qrCode: null })
  t.match(await stranger('pair'), { exitCode: 12, stderr: /nle matter pair/ })
  t.match(await matter('off'), { exitCode: 0, stdout: /Matter is off/ })
})

t.test('matter lists the apps, lets another one in, and takes one off', async (t) => {
  const { bridges, matter } = await open(t)
  t.match(await matter('list'), { stdout: 'Matter is off.\n' })
  t.match(await matter('pair'), { exitCode: 2, stderr: /Matter is off/ })
  bridges.report = { ...REPORT, windowUntilMs: null, fabrics: [APPLE] }
  const on = await matter('on')
  t.match(on.stdout, /controllers +1 {2}Apple Home/)
  t.notMatch(on.stdout, /Scan this/)
  t.match(await matter('list'), { stdout: '1  Apple Home\n' })
  t.match(JSON.parse((await matter('list', '--json')).stdout), { total: 1, fabrics: [APPLE] })
  t.match(await matter('pair'), { stdout: /type 1112-851-4311, until 09:08 UTC/ })
  t.match(await matter('remove', 'Google Home'), { exitCode: 4, stderr: /nle matter list/ })
  t.match(await matter('remove', 'Apple Home'), { exitCode: 0, stdout: /Apple Home does not see/ })
  t.match(await matter('list'), { stdout: 'No app is paired.\n' })
})

t.test('matter remove wants a number where names are the same', async (t) => {
  const { bridges, matter } = await open(t)
  bridges.report = { ...REPORT, fabrics: [APPLE, { ...APPLE, index: 2 }] }
  await matter('on')
  t.match(await matter('remove', 'Apple Home'), { exitCode: 2, stderr: /by its number/ })
  t.match(await matter('remove', '2'), { exitCode: 0 })
})

t.test('matter reset asks, and makes a new code', async (t) => {
  const { bridges, matter } = await open(t)
  await matter('on')
  t.match(await matter('reset'), { exitCode: 2, stderr: /--yes/ })
  t.equal(bridges.all.length, 1)
  t.match(await matter('reset', '--yes'), { exitCode: 0, stdout: /new code/ })
  t.not(bridges.last.start.passcode, bridges.all[0]?.start.passcode)
})

t.test('matter on tells when the bridge does not run', async (t) => {
  const { bridges, matter } = await open(t)
  const launch = bridges.launch.bind(bridges)
  Object.assign(bridges, {
    launch: (events: Parameters<typeof launch>[0]) => {
      const process = launch(events)
      setImmediate(() => bridges.last.end('Cannot bind {::}:5540 because port is already in use'))
      return process
    },
  })
  const on = await matter('on')
  t.equal(on.exitCode, 3)
  t.match(on.stdout, /down, and started again: Cannot bind/)
  t.match(on.stderr, /nle doctor/)
})
