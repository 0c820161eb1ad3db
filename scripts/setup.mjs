// Prepares a fresh clone for `npm start`, `npm test` and `npm run nle`; later runs only compare a hash.
// Plain JavaScript, because it runs under the machine's own Node, which may be old, before the pinned
// Node 24 is installed from the lock file.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stamp = join(root, 'node_modules', '.nle-setup')

/** A hash of the files that the installed packages depend on: a change requires a new install. */
function wanted() {
  const hash = createHash('sha256')
  for (const name of ['package-lock.json', '.taprc']) hash.update(readFileSync(join(root, name)))
  return hash.digest('hex')
}

function run(command, args) {
  // Standard output belongs to the npm script that follows (`npm run nle -- devices --json`).
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (status !== 0) {
    process.stderr.write(
      `Setting up failed: "${[command, ...args].join(' ')}" ended with ${error?.message ?? `exit code ${status}`}.\n` +
        'Check that the npm registry can be reached, then try the same command again.\n',
    )
    process.exit(1)
  }
}

/**
 * A lock against two installs at the same time, which would destroy each other. Only one process can
 * create the folder; a lock older than any install was left by a killed process.
 */
const lock = join(root, '.setup.lock')
const STALE_MS = 10 * 60_000

function acquire() {
  try {
    mkdirSync(lock)
    return true
  } catch {
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (age > STALE_MS) rmSync(lock, { recursive: true, force: true })
    return false
  }
}

const hash = wanted()
const isSetUp = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === hash

if (!isSetUp()) {
  for (let isWaiting = false; !acquire(); isWaiting = true) {
    if (!isWaiting)
      process.stderr.write('Waiting for another process that is installing the packages …\n')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
  }
  const release = () => rmSync(lock, { recursive: true, force: true })
  process.on('exit', release)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1))
  if (!isSetUp()) {
    process.stderr.write('Installing the packages of package-lock.json (once) …\n')
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
    // tap compiles its plugins into node_modules; .taprc leaves out one that does not fit TypeScript 7.
    run('npm', ['exec', '--loglevel=error', '--no', '--', 'tap', 'build'])
    writeFileSync(stamp, hash)
  }
  release()
}

const probe = spawnSync('node', ['-p', 'process.versions.node'], { cwd: root, encoding: 'utf8' })
if (Number.parseInt(probe.stdout ?? '', 10) < 24) {
  process.stderr.write(
    `nle needs Node.js 24 or newer and found ${String(probe.stdout).trim() || 'none'}.\n` +
      'On Linux x64 and arm64 the npm scripts bring their own; elsewhere install Node.js 24 and try again.\n',
  )
  process.exit(1)
}
