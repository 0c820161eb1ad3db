import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeFolders } from '../../src/store/make-folders.ts'
import { nle } from '../commands/shell.ts'

t.test('missing folders are made, for their owner alone', async (t) => {
  const folder = join(t.testdir({}), 'a', 'b')
  makeFolders(folder)
  makeFolders(folder)
  t.equal(statSync(folder).mode & 0o777, 0o700)
  t.equal(statSync(join(folder, '..')).mode & 0o777, 0o700)
})

t.test('a file in the way is a failure, and stays', async (t) => {
  const folder = t.testdir({ file: 'text' })
  t.throws(() => makeFolders(join(folder, 'file')), { code: 'EEXIST' })
  t.throws(() => makeFolders(join(folder, 'file', 'b')), { code: /^(EEXIST|ENOTDIR)$/ })
  t.equal(readFileSync(join(folder, 'file'), 'utf8'), 'text')
})

t.test('where no folder can be made, it fails instead of trying for ever', async (t) => {
  if (!existsSync('/proc/self')) return t.comment('there is no /proc here')
  t.throws(() => makeFolders('/proc/nle-test/deep'), { code: 'ENOENT' })
  const ran = await nle(['serve', '--db', '/proc/nle-test/nle.sqlite', '--port', '0'])
  t.match(ran, { exitCode: 9, stderr: /^nle: \/proc\/nle-test\/nle\.sqlite cannot be opened/ })
})
