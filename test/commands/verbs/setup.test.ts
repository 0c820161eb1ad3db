import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { UNIT_PATH, unitText } from '../../../src/commands/service/unit.ts'
import { FakeBridges } from '../../helpers/fake-bridges.ts'
import { startHome } from '../../helpers/home.ts'
import { ExistingDatabase } from '../../store/sqlite/existing-database.ts'
import { closedPort, codeOn, QUIET_SERIAL, quietDatabase } from '../homes.ts'
import { CTRL_C, nothingRuns, portTaken, SECOND, setUp, THIRD } from '../setup/person.ts'
import { nle } from '../shell.ts'

type Typed = [shown: string, typed: string]

/** The keys that lead on from each step of a machine on which no server runs. */
const SKIPS: readonly Typed[] = [
  ['1 of 6', '\r'],
  ['2 of 6', '\r'],
  ['3 of 6', SECOND],
  ['4 of 6', SECOND],
  ['5 of 6', SECOND],
  ['6 of 6', SECOND],
]

t.test('every step can be skipped, and then nothing was changed', async (t) => {
  const db = join(t.testdir({}), 'nle.sqlite')
  const env = await nothingRuns(db)
  const { exitCode, stdout, files, calls } = await setUp({ env, typed: SKIPS })
  t.equal(exitCode, 0)
  t.match(stdout, /✓ The address .*http:\/\/192\.168\.1\.5:8000\/entry/)
  t.match(stdout, /– The server on this machine: No server runs.*\n +sudo nle service install/)
  t.match(stdout, /The web page: http:/)
  t.strictSame([...files.keys()], ['/usr/local/bin/nle'])
  t.strictSame(calls, [])
  t.notOk(existsSync(db))
})

t.test('Ctrl-C ends it at each step without damage', async (t) => {
  const db = join(t.testdir({}), 'nle.sqlite')
  const env = await nothingRuns(db)
  for (const [index, [shown]] of SKIPS.entries()) {
    const typed = [...SKIPS.slice(0, index), [shown, CTRL_C] as const]
    const { exitCode, error, files, calls } = await setUp({ env, typed })
    t.equal(exitCode, 130, shown)
    t.match(error?.message, /What is done stays done; "nle setup" goes on/)
    t.equal(files.size, 1)
    t.strictSame(calls, [])
  }
  t.notOk(existsSync(db))
})

t.test('goes back to the step before, and not before the first one', async (t) => {
  const env = await nothingRuns(join(t.testdir({}), 'nle.sqlite'))
  const { stderr } = await setUp({
    env,
    typed: [
      ['1 of 6', '\r'],
      ['2 of 6', THIRD],
      ['Back\n', CTRL_C],
    ],
  })
  t.equal(stderr.split('1 of 6').length, 3)
  const first = stderr.slice(0, stderr.indexOf('2 of 6'))
  t.notMatch(first, 'Back')
})

t.test('keeps a chosen address, copies the executable, and installs the service', async (t) => {
  const { API_ORIGIN, ...env } = await nothingRuns(join(t.testdir({}), 'nle.sqlite'))
  t.ok(API_ORIGIN)
  const { stderr, files, calls } = await setUp(
    {
      env,
      typed: [
        ['1 of 6', 'Choose'],
        ['Choose', '\r'],
        ['do thermostats reach', 'Another'],
        ['Another', '\r'],
        ['empty: leave it', 'nas.local\r'],
        ['they have no mDNS', '192.168.1.7\r'],
        ['2 of 6', '\r'],
        ['3 of 6', '\r'],
        ['Copy it to', '\r'],
        ['does not run', CTRL_C],
      ],
    },
    { executable: '/home/pi/nle', files: { '/etc/default/nle': '# Settings\n' } },
  )
  t.match(stderr, /✓ \/etc\/default\/nle has API_ORIGIN=http:\/\/192\.168\.1\.7:\d+ now/)
  t.equal(
    files.get('/etc/default/nle'),
    `# Settings\nAPI_ORIGIN=http://192.168.1.7:${env.SERVER_PORT}\n`,
  )
  t.equal(files.get('/usr/local/bin/nle'), 'copy of /home/pi/nle')
  t.equal(files.get(UNIT_PATH), unitText('/usr/local/bin/nle'))
  t.match(calls, ['daemon-reload', 'enable nle.service', 'restart nle.service'])
})

t.test('names the program that has a port, and installs nothing', async (t) => {
  const env = await nothingRuns(join(t.testdir({}), 'nle.sqlite'))
  const port = await portTaken(t)
  const { stderr, files, calls } = await setUp({
    env: { ...env, SERVER_PORT: String(port) },
    typed: [
      ['1 of 6', '\r'],
      ['2 of 6', '\r'],
      ['3 of 6', '\r'],
      ['is taken', CTRL_C],
    ],
  })
  t.match(stderr, new RegExp(`✗ Port ${port} \\(thermostats\\) is taken by another program`))
  t.notOk(files.has(UNIT_PATH))
  t.strictSame(calls, [])
})

t.test('says what systemd says when the service does not start', async (t) => {
  const env = await nothingRuns(join(t.testdir({}), 'nle.sqlite'))
  const { exitCode, stderr } = await setUp(
    {
      env,
      typed: [
        ['1 of 6', '\r'],
        ['2 of 6', '\r'],
        ['3 of 6', '\r'],
        ['Look again', CTRL_C],
      ],
    },
    {
      systemctl: ([verb]) =>
        verb === 'restart'
          ? { exitCode: 1, stdout: '', stderr: 'Job failed.' }
          : { exitCode: 0, stdout: '', stderr: '' },
    },
  )
  t.match(stderr, /✗ "systemctl restart nle\.service" failed: Job failed\..*journalctl/)
  t.equal(exitCode, 130)
})

t.test('moves in from the existing server after showing what would come', async (t) => {
  const existing = new ExistingDatabase(t)
    .state('02AA01AC0000000001', 'shared.02AA01AC0000000001', 4, 1000, { name: 'Hall' })
    .owner('02AA01AC0000000001', 'homeassistant', 5)
  const env = await nothingRuns(existing.target)
  const typed = (answer: string, then: string): Typed[] => [
    ['1 of 6', '\r'],
    ['2 of 6', SECOND],
    ['Its database', '/nowhere.sqlite\r'],
    ['Look again', '\r'],
    ['Only if you run', SECOND],
    ['Its database', `${existing.path}\r`],
    ['Bring this into', answer],
    [then, CTRL_C],
  ]
  const no = await setUp({ env, typed: typed('n\r', 'What now?') })
  t.match(no.stderr, /✗ .*nowhere\.sqlite/)
  t.match(no.stderr, '02AA01AC0000000001 (Hall)')
  t.notOk(existsSync(existing.target))
  const yes = await setUp({ env, typed: typed('\r', '3 of 6') })
  t.match(yes.stderr, /✓ Done; that database stays as it is/)
  t.ok(existsSync(existing.target))
})

t.test('does not write as root beside the database of the service', async (t) => {
  const existing = new ExistingDatabase(t).owner('02AA01AC0000000001', 'homeassistant', 5)
  const path = await quietDatabase(t, 'A3XR7M4')
  const { stderr } = await setUp(
    {
      env: await nothingRuns(path),
      typed: [
        ['1 of 6', '\r'],
        ['2 of 6', SECOND],
        ['Its database', `${existing.path}\r`],
        ['Look again', CTRL_C],
      ],
    },
    { serviceDatabase: path },
  )
  t.match(stderr, /✗ The service has a database already.*sudo nle import .*sudo chown -R/)
})

t.test(
  'with a server: MQTT, the first thermostat and Matter; the next run finds them',
  async (t) => {
    const bridges = new FakeBridges()
    const home = await startHome(t, { launchBridge: async () => bridges.launch })
    const closed = `127.0.0.1:${await closedPort()}`
    const thermostat = await home.thermostat()
    const code = await thermostat.whenCode()
    const args = ['--db', home.databasePath]
    const first = await setUp(
      {
        onSleep: (ms) => home.clock.advance(ms),
        typed: [
          ['1 of 6', SECOND],
          ['2 of 6', '\r'],
          ['3 of 6', SECOND],
          ['4 of 6', '\r'],
          ['Broker', 'http://broker\r'],
          ['That is no broker', `${closed}\r`],
          ['User at', '\r'],
          ['Home Assistant find', '\r'],
          ['ECONNREFUSED', THIRD],
          ['5 of 6', '\r'],
          ['Code (empty', 'AAAAAAA\r'],
          ['No thermostat shows', `${code}\r`],
          ['is paired', '\r'],
          ['6 of 6', '\r'],
          ['The bridge runs', '\r'],
        ],
      },
      { booted: false },
      args,
    )
    t.equal(first.exitCode, 0)
    t.match(first.stderr, /! A server runs that is no service.*not run by systemd/s)
    t.match(first.stderr, /The broker is kept, and tried again/)
    t.match(first.stderr, /✓ .* is paired\. It measures \d+/)
    t.match(first.stdout, /type 1112-851-4311/)
    t.match(first.stdout, /✓ The first thermostat: 1 thermostat is paired\./)
    const again = await setUp({}, { booted: false }, [...args, '--json'])
    t.match(JSON.parse(again.stdout).steps, [
      { step: 'address' },
      { step: 'move-in', state: 'blocked' },
      { step: 'service', state: 'blocked' },
      { step: 'mqtt', state: 'open', next: 'nle mqtt' },
      { step: 'thermostat', state: 'done' },
      { step: 'matter', state: 'done' },
    ])
  },
)

t.test('the question gives way once a thermostat shows its code', async (t) => {
  const home = await startHome(t)
  let looks = 0
  const { stderr } = await setUp(
    {
      typed: [
        ['1 of 6', SECOND],
        ['2 of 6', '\r'],
        ['3 of 6', SECOND],
        ['4 of 6', SECOND],
        ['Code (empty', '\r'],
        ['Type the code of', CTRL_C],
      ],
      onSleep: async () => {
        looks += 1
        if (looks === 2) await codeOn(home)
      },
    },
    { booted: false },
    ['--db', home.databasePath],
  )
  t.match(stderr, /1\. Give the thermostat this address: .*\/entry/)
  t.match(stderr, `Waiting for its code to be typed in:\n  ${QUIET_SERIAL}`)
})

t.test('a server that asks for its owner says so in each step', async (t) => {
  const home = await startHome(t, { config: { requireToken: true } })
  const args = ['setup', '--dry-run', '--server', home.server.controlUrl]
  const { exitCode, stdout } = await nle(args)
  t.equal(exitCode, 0)
  t.match(stdout, /– MQTT and Home Assistant: .*token/)
})

t.test('without a terminal it names the commands that do the same', async (t) => {
  const { exitCode, stderr } = await nle(['setup'])
  t.equal(exitCode, 2)
  for (const verb of ['import', 'service install', 'mqtt set', 'pair', 'matter on']) {
    t.match(stderr, `nle ${verb}`)
  }
})
