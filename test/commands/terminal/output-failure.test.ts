import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const ENTRY = fileURLToPath(new URL('../../../bin/nle.ts', import.meta.url))

t.test('exits with 1 when its output cannot be written', async (t) => {
  if (!existsSync('/dev/full')) return t.comment('there is no /dev/full here')
  const full = openSync('/dev/full', 'w')
  t.teardown(() => closeSync(full))
  const { status, stderr } = spawnSync(process.execPath, [ENTRY, 'serve', '--help'], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  })
  t.equal(status, 1)
  t.match(stderr, /^nle: The output cannot be written: ENOSPC.*\n$/, 'said once')
})
