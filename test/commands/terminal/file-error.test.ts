import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { describeFileError } from '../../../src/commands/terminal/file-error.ts'
import { nle } from '../shell.ts'

t.test('why a file cannot be read is said in words', async (t) => {
  const folder = t.testdir({ file: '' })
  const why = (path: string) => {
    try {
      return readFileSync(path, 'utf8')
    } catch (cause) {
      return describeFileError(path, cause)
    }
  }
  const missing = join(folder, 'none')
  t.match(why(missing), { code: 'not_found', message: `There is no file ${missing}.` })
  t.match(why(join(folder, 'file', 'x')), { code: 'not_found' })
  t.match(why(folder), { code: 'invalid', message: `${folder} cannot be read: it is a folder.` })
  const denied = describeFileError('/x', Object.assign(new Error('EACCES: …'), { code: 'EACCES' }))
  t.equal(denied.message, '/x cannot be read: this user may not.')
})

t.test('a folder for a schedule is told as one', async (t) => {
  const folder = t.testdir({})
  const { exitCode, stderr } = await nle(['schedule', 'set', '0001', folder])
  t.equal(exitCode, 2)
  t.equal(stderr, `nle: ${folder} cannot be read: it is a folder.\n`)
})
