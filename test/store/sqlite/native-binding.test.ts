import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { NleError } from '../../../src/errors.ts'
import {
  loadAddon,
  nativeBinding,
  temporaryPlaces,
} from '../../../src/store/sqlite/native-binding.ts'

const manifest = createRequire(import.meta.url).resolve('better-sqlite3/package.json')
const addonPath = join(manifest, '..', 'prebuilds', `linux-${process.arch}.node`)
const onLinux = process.platform === 'linux' ? {} : { skip: 'Linux only' }

t.test('from source better-sqlite3 is left to find its own addon', async (t) => {
  t.equal(nativeBinding(), undefined)
})

t.test('the bytes of the addon become a working better-sqlite3', onLinux, async (t) => {
  const place = t.testdir()
  const addon = loadAddon(readFileSync(addonPath), [place], process.dlopen)
  t.strictSame(readdirSync(place), [], 'nothing stays behind')
  // The types know a path only; an addon that was loaded already is documented for bundlers.
  const db = new Database(':memory:', { nativeBinding: addon as string })
  t.equal(db.prepare('select 6 * 7').pluck().get(), 42)
  db.close()
})

t.test('the file it loads from has no name', onLinux, async (t) => {
  let target = ''
  let content = ''
  const addon = loadAddon(Buffer.from('addon'), [t.testdir()], (module, path) => {
    target = readlinkSync(path)
    content = readFileSync(path, 'utf8')
    module.exports = { loadedFrom: path }
  })
  t.match(target, / \(deleted\)$/)
  t.equal(content, 'addon')
  t.match(addon, { loadedFrom: /^\/proc\/self\/fd\/\d+$/ })
})

t.test('a place mounted noexec is passed over', onLinux, async (t) => {
  const dir = t.testdir({ noexec: {}, good: {} })
  const tried: string[] = []
  loadAddon(Buffer.from('addon'), [join(dir, 'noexec'), join(dir, 'good')], (_module, path) => {
    tried.push(readlinkSync(path))
    if (tried.length === 1) throw new Error('failed to map segment from shared object')
  })
  t.equal(tried.length, 2)
  t.match(tried[0], join(dir, 'noexec'))
  t.match(tried[1], join(dir, 'good'))
})

t.test('a place that is missing is passed over', onLinux, async (t) => {
  const place = t.testdir()
  let loads = 0
  loadAddon(Buffer.from('addon'), [join(place, 'missing'), place], () => {
    loads += 1
  })
  t.equal(loads, 1)
})

t.test('where unnamed files cannot be loaded, a named one is, and it is removed', async (t) => {
  const place = t.testdir()
  let path = ''
  loadAddon(Buffer.from('addon'), [place], (_module, given) => {
    if (given.startsWith('/proc/')) throw new Error('no /proc here')
    path = given
    t.equal(readFileSync(given, 'utf8'), 'addon')
  })
  t.match(path, place)
  t.strictSame(readdirSync(place), [])
})

t.test('a failed load leaves nothing behind and says what to do', onLinux, async (t) => {
  const place = t.testdir()
  const openBefore = readdirSync('/proc/self/fd').length
  const failing = () =>
    loadAddon(Buffer.from('addon'), [place], () => {
      throw new Error('failed to map segment')
    })
  t.throws(failing, NleError)
  t.throws(failing, {
    code: 'store',
    message: /none of .* is one\. Set TMPDIR/,
    details: { reasons: [/failed to map/, /failed to map/] },
  })
  t.strictSame(readdirSync(place), [])
  t.equal(readdirSync('/proc/self/fd').length, openBefore, 'no descriptor leaks')
})

t.test('a system too old for the addon is named as such, at the first try', async (t) => {
  let loads = 0
  const load = () =>
    loadAddon(Buffer.from('addon'), [t.testdir(), '/dev/shm'], () => {
      loads += 1
      throw new Error(
        "/lib/libc.so.6: version `GLIBC_2.34' not found (required by /proc/self/fd/9)",
      )
    })
  t.throws(load, { code: 'store', message: /C library is too old.*glibc 2\.34.*Debian 12/ })
  t.equal(loads, 1)
})

t.test('the usual places are tried once each, TMPDIR first', async (t) => {
  const before = process.env.TMPDIR
  t.teardown(() => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  })
  process.env.TMPDIR = '/var/tmp'
  t.strictSame(temporaryPlaces(), ['/var/tmp', '/dev/shm'])
  process.env.TMPDIR = '/somewhere'
  t.strictSame(temporaryPlaces(), ['/somewhere', '/dev/shm', '/var/tmp'])
})
