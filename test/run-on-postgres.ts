import { spawn } from 'node:child_process'
import { NO_POSTGRES, startPostgres } from './helpers/postgres.ts'

/**
 * What thermostats and people ask of a server, but tests that move its clock turn by turn: those need an engine in the
 * same process.
 */
const USUAL = [
  ...[
    'absurd-versions',
    'device-routes',
    'entry',
    'guard',
    'identity',
    'newer',
    'passphrase',
    'put',
  ],
  ...['told-origins', 'upload'],
]
  .map((name) => `test/server/device/${name}.test.ts`)
  .concat(
    [
      'changes',
      'command-endpoints',
      'events/event-streams',
      'guards/sessions',
      'guards/token-guard',
    ]
      .concat(['hosted-endpoints', 'owned-thermostats', 'paging', 'server-endpoints'])
      .map((name) => `test/server/control/${name}.test.ts`),
  )
  .concat('test/server/history/recording.test.ts')

/** Runs test files with their servers on PostgreSQL: `npm run test:postgres -- <file…>`; without any, the usual ones. */
const named = process.argv.slice(2)
const files = named.length === 0 ? USUAL : named
if (NO_POSTGRES !== false) {
  process.stdout.write(`skipped: ${NO_POSTGRES}\n`)
} else {
  const ends: (() => unknown)[] = []
  const postgres = await startPostgres({
    teardown: (end) => {
      if (typeof end === 'function') ends.push(end as () => unknown)
    },
  })
  const tests = spawn('scripts/test.sh', files, {
    stdio: 'inherit',
    env: { ...process.env, NLE_TEST_POSTGRES: postgres.url },
  })
  process.exitCode = await new Promise<number>((resolve) =>
    tests.on('exit', (code) => resolve(code ?? 1)),
  )
  for (const end of ends) end()
}
