import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { runOwn } from '../../src/commands/own-process.ts'
import { inspect } from '../../src/store/copies.ts'
import { startHome } from '../helpers/home.ts'

const ENTRY = fileURLToPath(new URL('../../bin/nle.ts', import.meta.url))
const PROGRAM = ['/usr/bin/env', '-i', process.execPath, ENTRY]
const { signal: never } = new AbortController()

t.test('a backup is made by a process of its own, while the server serves', async (t) => {
  const home = await startHome(t)
  await home.paired()
  const file = join(t.testdir({}), 'copy.sqlite')
  const args = ['backup', file, '--db', home.databasePath, '--try-restore']
  t.match(await runOwn(args, never, PROGRAM), { file, thermostats: 1, paired: 1 })
  t.match(inspect(file, 0), { thermostats: 1 })
  await t.rejects(runOwn(args, never, PROGRAM), { message: /is there already/ })
})

t.test('a process that is no nle, is not there, or is stopped', async (t) => {
  await t.rejects(runOwn(['backup'], never, ['/bin/false']), {
    message: '"nle backup" ended with 1.',
  })
  await t.rejects(runOwn(['backup'], never, ['/nonexistent']), { code: 'ENOENT' })
  const stop = new AbortController()
  const running = runOwn([], stop.signal, ['/bin/sh', '-c', 'exec sleep 600'])
  stop.abort()
  await t.rejects(running, { name: 'AbortError' })
})
