import { spawn } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { NO_POSTGRES, startPostgres } from './helpers/postgres.ts'
import { prepareDatabase } from './helpers/server-database.ts'

/** What thermostats and people ask of a server, and what it does by itself. */
const FOLDERS = ['device', 'control', 'core', 'history', 'notify', 'mqtt', 'pairing']
/** Other files would do the same here as in `npm test`. */
const STARTS_SERVER = /\bstartHome\(|\bLoggedServer\.open\(|\/homes\.ts'/

/** What stays with database files, and why. Single tests say so themselves (`skip`). */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'control/backup-endpoints': 'PostgreSQL has backups of its own',
}

function usual(): string[] {
  const excepted = Object.keys(EXCEPTIONS).map((name) => `test/server/${name}.test.ts`)
  return FOLDERS.flatMap((folder) => globSync(`test/server/${folder}/**/*.test.ts`))
    .filter((file) => !excepted.includes(file) && STARTS_SERVER.test(readFileSync(file, 'utf8')))
    .sort()
}

/** Runs test files with their servers on PostgreSQL: `npm run test:postgres -- <file…>`; without any, the usual ones. */
const named = process.argv.slice(2)
const files = named.length === 0 ? usual() : named
if (NO_POSTGRES !== false) {
  process.stdout.write(`skipped: ${NO_POSTGRES}\n`)
} else {
  const ends: (() => unknown)[] = []
  const postgres = await startPostgres({
    teardown: (end) => {
      if (typeof end === 'function') ends.push(end as () => unknown)
    },
  })
  await prepareDatabase(postgres.url)
  const tests = spawn('scripts/test.sh', files, {
    stdio: 'inherit',
    env: { ...process.env, NLE_TEST_POSTGRES: postgres.url },
  })
  process.exitCode = await new Promise<number>((resolve) =>
    tests.on('exit', (code) => resolve(code ?? 1)),
  )
  for (const end of ends) await end()
}
