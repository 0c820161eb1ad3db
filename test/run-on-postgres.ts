import { spawn } from 'node:child_process'
import { NO_POSTGRES, startPostgres } from './helpers/postgres.ts'

/** Runs test files with their servers on PostgreSQL: `node test/run-on-postgres.ts <file…>`. */
const files = process.argv.slice(2)
if (NO_POSTGRES !== false) {
  process.stdout.write(`skipped: ${NO_POSTGRES}\n`)
} else {
  const ends: (() => unknown)[] = []
  const postgres = await startPostgres({
    teardown: (end) => {
      if (typeof end === 'function') ends.push(end as () => unknown)
    },
  })
  const tests = spawn('tap', ['run', ...files], {
    stdio: 'inherit',
    env: { ...process.env, NLE_TEST_POSTGRES: postgres.url },
  })
  process.exitCode = await new Promise<number>((resolve) =>
    tests.on('exit', (code) => resolve(code ?? 1)),
  )
  for (const end of ends) end()
}
