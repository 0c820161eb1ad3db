import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'

const SCRIPT = fileURLToPath(new URL('../../install.sh', import.meta.url))
const TLS = new URL('../fixtures/tls/', import.meta.url)

interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** A machine to install on: its programs can be replaced, and a folder holds a release. */
function machine(t: Test) {
  const root = t.testdir({ programs: {}, release: {}, prefix: { bin: {} } })
  const programs = join(root, 'programs')
  const target = join(root, 'prefix/bin/nle')
  const program = (name: string, script: string) =>
    writeExecutable(join(programs, name), `#!/bin/sh\n${script}\n`)
  program('uname', 'case $1 in -s) echo Linux ;; *) echo x86_64 ;; esac')
  program('systemctl', 'exit 1')
  return {
    target,
    release: join(root, 'release'),
    program,
    /** Writes a release of this version, whose executable only prints it. */
    publish(version: string, script = `echo "nle ${version} (abc1234)"`) {
      const text = `#!/bin/sh\n${script}\n`
      const hash = createHash('sha256').update(text).digest('hex')
      writeFileSync(join(root, 'release/nle-linux-x64'), text)
      writeFileSync(join(root, 'release/nle-linux-x64.sha256'), `${hash}  nle-linux-x64\n`)
    },
    programs,
    /** What the folder of programs holds; a temporary file that was left shows here. */
    installed: () => readdirSync(join(root, 'prefix/bin')).sort(),
    install: (from: string, env: Record<string, string> = {}) =>
      run('sh', [SCRIPT, from], {
        PATH: `${programs}:/usr/bin:/bin`,
        NLE_PREFIX: join(root, 'prefix'),
        ...env,
      }),
  }
}

/** What the script uses, besides a program that downloads. */
const TOOLS = [
  ...['sh', 'cut', 'find', 'getconf', 'grep', 'head', 'ln', 'mkdir', 'mktemp', 'mv', 'chmod'],
  ...['readlink', 'rm', 'sed', 'sha256sum', 'sort'],
]

/** A folder with these programs of this machine. */
function only(t: Test, tools: readonly string[]): string {
  const folder = join(t.testdirName, `with-${tools.at(-1)}`)
  mkdirSync(folder)
  for (const tool of tools) symlinkSync(join('/usr/bin', tool), join(folder, tool))
  return folder
}

function writeExecutable(path: string, text: string): void {
  writeFileSync(path, text)
  chmodSync(path, 0o755)
}

function run(command: string, args: string[], env: Record<string, string>): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(command, args, { env }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : Number(error.code)
      resolve({ exitCode, stdout, stderr })
    })
  })
}

t.test('installs from a folder, and says what comes next', async (t) => {
  const { publish, install, release, target, installed } = machine(t)
  publish('1.0.0')
  const { exitCode, stdout } = await install(`${release}/`)
  t.equal(exitCode, 0)
  t.match(stdout, `Installed nle 1.0.0 (abc1234) as ${target}.`)
  t.match(stdout, 'service install')
  t.strictSame(installed(), ['nle'])
})

t.test('upgrades in place, also while the file runs, and says what still runs', async (t) => {
  const { publish, install, release, target, installed } = machine(t)
  // A script's process runs the shell: only a real program keeps its file busy.
  writeExecutable(target, '')
  writeFileSync(target, readFileSync('/bin/sleep'))
  const running = spawn(target, ['60'])
  t.teardown(() => running.kill('SIGKILL'))
  await once(running, 'spawn')
  publish('1.1.0')
  const { exitCode, stdout } = await install(release)
  t.equal(exitCode, 0)
  t.match(stdout, `by nle 1.1.0 (abc1234) in ${target}.`)
  t.match(stdout, `still runs (process ${running.pid}).`)
  t.strictSame(installed(), ['nle'])
})

t.test('refuses an older version until it is asked for', async (t) => {
  const rows: [former: string, next: string, refused: boolean][] = [
    ['1.0.0', '1.0.1', false],
    ['1.0.0', '1.0.0', false],
    ['1.9.0', '1.10.0', false],
    ['1.0.0-rc.1', '1.0.0', false],
    ['1.10.0', '1.9.0', true],
    ['1.0.0', '1.0.0-rc.1', true],
  ]
  for (const [former, next, refused] of rows) {
    const { publish, install, release } = machine(t)
    publish(former)
    await install(release)
    publish(next)
    const { exitCode, stdout, stderr } = await install(release)
    t.equal(exitCode, refused ? 1 : 0, `${former} → ${next}`)
    t.match(refused ? stderr : stdout, refused ? 'NLE_DOWNGRADE=1' : 'Replaced')
    if (!refused) continue
    const again = await install(release, { NLE_DOWNGRADE: '1' })
    t.match(again.stdout, `Replaced nle ${former} (abc1234) by nle ${next} (abc1234)`)
  }
})

t.test('restarts the service that runs the file, and no other', async (t) => {
  const { publish, install, release, target, program, installed } = machine(t)
  const systemctl = (path: string, restart: string) =>
    program(
      'systemctl',
      `case $1 in
         is-active) exit 0 ;;
         show) echo "ExecStart={ path=${path} ; argv[]=${path} serve ; }" ;;
         restart) ${restart} ;;
       esac`,
    )
  publish('1.0.0')
  await install(release)

  systemctl('/usr/bin/nle', 'exit 9')
  publish('1.1.0')
  const other = await install(release)
  t.equal(other.exitCode, 0)
  t.notMatch(other.stdout, 'The service')

  systemctl(target, 'exit 0')
  publish('1.2.0')
  const restarted = await install(release)
  t.match(restarted.stdout, 'The service runs the new version now.')
  t.strictSame(installed(), ['nle'])

  systemctl(target, 'exit 1')
  publish('1.3.0')
  const failed = await install(release)
  t.equal(failed.exitCode, 1)
  t.match(failed.stderr, `sudo mv ${target}.former ${target}`)
  t.match(readFileSync(`${target}.former`, 'utf8'), '1.2.0', 'the way back is kept')
})

t.test('changes nothing where it cannot succeed, and says why', async (t) => {
  const { publish, install, release, target, program, installed } = machine(t)
  publish('1.0.0')
  await install(release)
  const before = readFileSync(target, 'utf8')
  const refuses = async (name: string, reason: string | RegExp, from = release) => {
    const { exitCode, stderr } = await install(from)
    t.equal(exitCode, 1, name)
    t.match(stderr, reason, name)
    t.equal(readFileSync(target, 'utf8'), before, name)
    t.strictSame(installed(), ['nle'], name)
  }
  await refuses('no folder named', 'name the folder', '')
  await refuses('an empty folder', 'could not get nle-linux-x64.sha256', '/nonexistent')
  await refuses('an address without encryption', 'is not encrypted', 'http://127.0.0.1:1/')

  publish('1.1.0', 'echo it needs GLIBC_2.99 >&2; exit 1')
  await refuses('a file that does not start', /GLIBC_2\.99\n.*does not start here/)
  writeFileSync(join(release, 'nle-linux-x64'), '#!/bin/sh\n')
  await refuses('a cut file', 'its hash is wrong')
  writeFileSync(join(release, 'nle-linux-x64.sha256'), '<html>Sign in to the network</html>')
  await refuses('a page of a captive portal for a hash', 'its hash is wrong')

  publish('1.1.0')
  program('cp', 'echo "cp: No space left on device" >&2; exit 1')
  await refuses('a full disk', /No space left[\s\S]*could not get/)
  program('getconf', 'exit 1')
  await refuses('a system with musl', 'has no glibc')
  program('getconf', 'case $1 in LONG_BIT) echo 64 ;; *) echo glibc 2.31 ;; esac')
  await refuses('an old glibc', 'nle needs 2.34')
  program('getconf', 'echo 32')
  await refuses('32-bit programs on a 64-bit kernel', 'is 32-bit')
  program('uname', 'case $1 in -s) echo Linux ;; *) echo armv7l ;; esac')
  await refuses('a 32-bit machine', '64-bit Raspberry Pi OS')
  program('uname', 'case $1 in -s) echo Linux ;; *) echo riscv64 ;; esac')
  await refuses('another CPU', 'riscv64')
})

t.test('says what to do where it may not write', async (t) => {
  const { publish, install, release } = machine(t)
  publish('1.0.0')
  // A file in the place of the folder stops root as well.
  const { exitCode, stderr } = await install(release, { NLE_PREFIX: SCRIPT })
  t.equal(exitCode, 1)
  t.match(stderr, 'Use sudo, or set NLE_PREFIX')
})

t.test('leaves a Debian package alone', async (t) => {
  const { publish, install, release, program } = machine(t)
  program('dpkg-query', 'exit 0')
  publish('1.0.0')
  const { exitCode, stderr } = await install(release, { NLE_PREFIX: '' })
  t.equal(exitCode, 1)
  t.match(stderr, 'sudo apt install')
})

t.test('downloads with curl or with wget, and only whole files', async (t) => {
  const { publish, install, release, target, installed, programs } = machine(t)
  publish('1.0.0')
  let cut = true
  const server = createServer(
    {
      cert: readFileSync(new URL('first/fullchain.pem', TLS)),
      key: readFileSync(new URL('first/privkey.pem', TLS)),
    },
    (request, response) => {
      const path = join(release, (request.url ?? '').replace('/v1.0.0/', ''))
      if (!existsSync(path)) return response.writeHead(404).end()
      const bytes = readFileSync(path)
      response.writeHead(200, { 'content-length': bytes.length })
      if (!cut || path.endsWith('.sha256')) return response.end(bytes)
      return response.write(bytes.subarray(0, 5), () => response.destroy())
    },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1.0.0`
  // The tools' own options: the script must not have any that trusts everybody.
  const home = join(t.testdirName, 'home')
  mkdirSync(home)
  writeFileSync(join(home, '.curlrc'), 'insecure\n')
  writeFileSync(join(home, '.wgetrc'), 'check_certificate = off\ntries = 1\n')

  const stranger = await install(address)
  t.match(
    stranger.stderr,
    /certificate[\s\S]*could not get/i,
    'a server without a good certificate',
  )
  for (const tool of ['curl', 'wget']) {
    const env = { HOME: home, PATH: `${programs}:${only(t, [...TOOLS, tool])}` }
    cut = true
    const broken = await install(address, env)
    t.equal(broken.exitCode, 1, `${tool}: a cut download`)
    t.strictSame(installed(), [], tool)
    cut = false
    t.match((await install(`${address}x`, env)).stderr, 'could not get', `${tool}: a wrong address`)
    const whole = await install(address, env)
    t.match(whole.stdout, 'Installed nle 1.0.0', tool)
    rmSync(target)
  }
})
