import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { describeFileError } from '../../../src/commands/terminal/file-error.ts'
import { nle } from '../shell.ts'

t.test('describes in words why a file cannot be read', async (t) => {
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

t.test('schedule set refuses a folder in place of a file', async (t) => {
  const folder = t.testdir({})
  const { exitCode, stderr } = await nle(['schedule', 'set', '0001', folder])
  t.equal(exitCode, 2)
  t.equal(stderr, `nle: ${folder} cannot be read: it is a folder.\n`)
})
