import { join } from 'node:path'
import t from 'tap'
import { startHome } from '../../helpers/home.ts'
import { nle } from '../shell.ts'

t.test('health ends with 0 while the server answers, in trouble or not', async (t) => {
  const { server, databasePath } = await startHome(t)
  const args = ['health', '--db', databasePath]
  t.match(await nle(args), { exitCode: 0, stdout: 'ok\n' })
  server.core.health.notice({ code: 'SQLITE_CORRUPT' })
  t.match(await nle(args), { exitCode: 0, stdout: /^degraded: The database is damaged/ })
  const { stdout } = await nle([...args, '--json'])
  t.match(JSON.parse(stdout), { status: 'degraded', server: 'nle', trouble: 'damaged' })
})

t.test('health does not end with 0 when no server answers', async (t) => {
  const none = await nle(['health', '--db', join(t.testdir(), 'nle.sqlite')])
  t.match(none, { exitCode: 3, stdout: '', stderr: /No nle server runs/ })
})
