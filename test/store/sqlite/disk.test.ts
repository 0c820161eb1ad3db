import t from 'tap'
import { describeFileError } from '../../../src/store/sqlite/disk.ts'

t.test('a user without rights is told who it is, and what to do about the folder', async (t) => {
  const denied = Object.assign(new Error('EACCES: …'), { code: 'EACCES' })
  const told = describeFileError('/data/nle.sqlite', denied, 1000)
  t.match(told, 'user 1000')
  t.match(told, '"chown -R 1000 FOLDER"')
  t.match(told, /container/)
  t.notMatch(describeFileError('/data/nle.sqlite', denied, 0), 'chown', 'root has other reasons')
})
