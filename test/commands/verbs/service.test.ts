import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import t from 'tap'
import type { ServiceHost, SystemctlResult } from '../../../src/commands/service/host.ts'
import { UNIT_PATH, unitText } from '../../../src/commands/service/unit.ts'
import { registerService } from '../../../src/commands/verbs/service.ts'
import { StoreLock } from '../../../src/store/sqlite/lock.ts'
import { look, quietDatabase } from '../homes.ts'
import { memoryIo } from '../memory-io.ts'

const OK: SystemctlResult = { exitCode: 0, stdout: '', stderr: '' }

interface Machine {
  booted?: boolean
  root?: boolean
  executable?: string | undefined
  files?: string[]
  systemctl?: (args: readonly string[]) => SystemctlResult
  interactive?: boolean
  typed?: string
  /** The databases of an earlier server. */
  home?: readonly string[]
  serviceDatabase?: string
}

/** Runs `nle service …` on a made-up machine and returns what it did there. */
async function run(args: string[], machine: Machine = {}) {
  const files = new Map((machine.files ?? ['/usr/local/bin/nle']).map((path) => [path, '']))
  const calls: string[] = []
  const host: ServiceHost = {
    booted: () => machine.booted ?? true,
    isRoot: () => machine.root ?? true,
    executable: () => ('executable' in machine ? machine.executable : '/usr/local/bin/nle'),
    exists: (path) => files.has(path) || (path.endsWith('.sqlite') && existsSync(path)),
    homeDatabases: () => machine.home ?? [],
    serviceDatabase: machine.serviceDatabase ?? '/nonexistent/nle.sqlite',
    read: (path) => files.get(path),
    write: (path, text) => files.set(path, text),
    copyProgram: (from, to) => files.set(to, files.get(from) ?? ''),
    remove: (path) => files.delete(path),
    async systemctl(...args) {
      calls.push(args.join(' '))
      return machine.systemctl?.(args) ?? OK
    },
  }
  const { io, stdout, stderr } = memoryIo({ ...machine, nowMs: 0 })
  const program = new Command('nle').exitOverride()
  registerService(program, io, host)
  let error: unknown
  try {
    await program.parseAsync(['service', ...args], { from: 'user' })
  } catch (thrown) {
    error = thrown
  }
  return {
    error,
    exitCode: io.exitCode ?? 0,
    calls,
    files,
    stdout: stdout(),
    stderr: stderr(),
  }
}

t.test('install shows the unit, writes it and starts the service', async (t) => {
  const { error, stderr, stdout, files, calls } = await run(['install', '--yes'])
  t.equal(error, undefined)
  t.match(stderr, unitText('/usr/local/bin/nle'))
  t.equal(files.get(UNIT_PATH), unitText('/usr/local/bin/nle'))
  t.strictSame(calls, ['daemon-reload', 'enable nle.service', 'restart nle.service'])
  t.match(stdout, /running as a service.*\n.*journalctl -u nle/)
})

t.test('install asks on a terminal, and no means no', async (t) => {
  const no = await run(['install'], { interactive: true, typed: '\n' })
  t.match(no.error, { code: 'cancelled' })
  t.notOk(no.files.has(UNIT_PATH))
  t.strictSame(no.calls, [])

  const yes = await run(['install'], { interactive: true, typed: 'y\n' })
  t.equal(yes.error, undefined)
  t.ok(yes.files.has(UNIT_PATH))
})

t.test('install asks before it replaces a unit', async (t) => {
  const { stderr } = await run(['install'], {
    interactive: true,
    typed: '\n',
    files: ['/usr/local/bin/nle', UNIT_PATH],
  })
  t.match(stderr, 'Replace the unit')
})

t.test('without a terminal install changes nothing unless told --yes', async (t) => {
  const { error, files } = await run(['install'])
  t.match(error, { code: 'invalid', message: /--yes/ })
  t.notOk(files.has(UNIT_PATH))
})

t.test('--dry-run prints the unit and needs neither rights nor systemd', async (t) => {
  const { error, stdout, files } = await run(['install', '--dry-run'], {
    booted: false,
    root: false,
  })
  t.equal(error, undefined)
  t.equal(stdout, unitText('/usr/local/bin/nle'))
  t.notOk(files.has(UNIT_PATH))
})

t.test('install refuses with the reason and the next step', async (t) => {
  const rows: [string, Machine, string[], object][] = [
    ['without systemd', { booted: false }, [], { code: 'invalid', message: /nle serve/ }],
    ['without rights', { root: false }, [], { code: 'forbidden', message: /sudo nle service/ }],
    ['from source', { executable: undefined }, [], { message: /build-binary\.sh/ }],
    ['from a home folder', { executable: '/home/pi/nle' }, [], { message: /usr\/local\/bin/ }],
    ['with no such file', {}, ['--executable', '/opt/nle'], { code: 'not_found' }],
    [
      'beside a package',
      { files: ['/usr/local/bin/nle', '/lib/systemd/system/nle.service'] },
      [],
      { code: 'in_use', message: /systemctl enable --now nle/ },
    ],
  ]
  for (const [name, machine, args, expected] of rows) {
    const { error, files, calls } = await run(['install', '--yes', ...args], machine)
    t.match(error, expected, name)
    t.notOk(files.has(UNIT_PATH), name)
    t.strictSame(calls, [], name)
  }
})

t.test(
  'install offers to move the database of an earlier server, and moves it first',
  async (t) => {
    const home = await quietDatabase(t, 'A3XR7M4')
    const serviceDatabase = join(t.testdirName, 'service', 'nle.sqlite')
    const machine = { home: ['/nonexistent/none.sqlite', home], serviceDatabase }
    const unasked = await run(['install', '--yes'], machine)
    t.match(unasked.error, { code: 'invalid', message: /1 thermostat .*--move .*--no-move/ })
    t.strictSame(unasked.calls, [])
    t.ok(existsSync(home))

    const left = await run(['install', '--yes', '--no-move'], machine)
    t.match(left.stderr, `${home} stays where it is`)
    t.ok(existsSync(home))
    t.notOk(existsSync(serviceDatabase))

    const lock = StoreLock.tryAcquire(home, 0)
    const served = await run(['install', '--yes', '--move'], machine)
    t.match(served.error, { code: 'in_use', message: /A server works on .*Ctrl-C/ })
    t.strictSame(served.calls, [])
    lock?.release()

    const yes = await run(['install', '--yes'], { ...machine, interactive: true, typed: 'y\n' })
    t.equal(yes.error, undefined)
    t.match(yes.stderr, /\(0 paired\)\. Move it to the service\?/)
    t.match(yes.stdout.replace(/\s+/g, ' '), `the old one is kept as ${home}.moved`)
    t.match(yes.stderr, '/etc/default/nle')
    t.notOk(existsSync(home))
    t.equal((await look(serviceDatabase, (store) => store.serials())).length, 1)
    t.match(yes.calls, ['daemon-reload', 'enable nle.service', 'restart nle.service'])
  },
)

t.test('install leaves both databases where the service has one already', async (t) => {
  const home = await quietDatabase(t, 'A3XR7M4')
  const { error, stderr } = await run(['install', '--yes', '--move'], {
    home: [home],
    serviceDatabase: UNIT_PATH,
    files: ['/usr/local/bin/nle', UNIT_PATH],
  })
  t.equal(error, undefined)
  t.match(stderr, /has its database already.*"sudo nle restore .*nle\.sqlite --db /)
  t.ok(existsSync(home))
})

t.test('an error of systemctl is printed in its own words', async (t) => {
  const { error } = await run(['install', '--yes'], {
    systemctl: (args) =>
      args[0] === 'restart' ? { exitCode: 1, stdout: '', stderr: 'Job failed.\n' } : OK,
  })
  t.match(error, { message: /"systemctl restart nle\.service" failed: Job failed\..*journalctl/ })
})

t.test('uninstall stops the service, removes the unit and keeps the data', async (t) => {
  const { error, files, calls, stdout } = await run(['uninstall', '--yes'], { files: [UNIT_PATH] })
  t.equal(error, undefined)
  t.notOk(files.has(UNIT_PATH))
  t.strictSame(calls, ['disable --now nle.service', 'daemon-reload'])
  t.match(stdout, '/var/lib/nle')
})

t.test('uninstall refuses without a unit that install wrote', async (t) => {
  t.match((await run(['uninstall', '--yes'])).error, { code: 'not_found' })
  t.match(
    (await run(['uninstall', '--yes'], { files: ['/usr/lib/systemd/system/nle.service'] })).error,
    { code: 'not_found', message: /apt remove nle/ },
  )
  t.match((await run(['uninstall', '--yes'], { booted: false })).error, { code: 'invalid' })
})

const RUNNING = [
  'LoadState=loaded',
  'ActiveState=active',
  'SubState=running',
  'UnitFileState=enabled',
  'MainPID=4242',
  'MemoryCurrent=50331648',
  'NRestarts=2',
  'ActiveEnterTimestamp=Sat 2026-01-03 10:00:00 GMT',
  'StatusText=Serving 3 thermostats',
].join('\n')
const shown = (stdout: string) => ({ systemctl: () => ({ ...OK, stdout }) })

t.test('status prints a running service in words and as JSON', async (t) => {
  const words = await run(['status'], shown(RUNNING))
  t.equal(words.exitCode, 0)
  t.equal(
    words.stdout,
    'The service is running since Sat 2026-01-03 10:00:00 GMT; it starts at boot.\n' +
      'Serving 3 thermostats\n' +
      'process 4242, 48 MiB of memory, restarted 2 times after a failure\n',
  )
  const json = await run(['status', '--json'], shown(RUNNING))
  t.match(JSON.parse(json.stdout), { installed: true, active: 'active', pid: 4242, restarts: 2 })
})

t.test('status without systemd is not_found', async (t) => {
  t.match((await run(['status'], { booted: false })).error, { code: 'not_found' })
})

t.test('status of a service that does not run exits with 3', async (t) => {
  const stopped = await run(
    ['status'],
    shown('LoadState=loaded\nActiveState=failed\nMainPID=0\nMemoryCurrent=[not set]'),
  )
  t.equal(stopped.exitCode, 3)
  t.match(stopped.stdout, /^The service is failed.*\n.*journalctl/)
  const missing = await run(['status'], shown('LoadState=not-found\nActiveState=inactive'))
  t.equal(missing.exitCode, 3)
  t.match(missing.stdout, 'not installed')
})
