import { join } from 'node:path'
import t from 'tap'
import { resolveConfig } from '../../../src/config.ts'
import { checkBackups } from '../../../src/server/doctor/backup-check.ts'
import type { Live } from '../../../src/server/doctor/finding.ts'
import type { Store } from '../../../src/store/store.ts'

const HOUR_MS = 3_600_000
const STARTED_MS = Date.UTC(2025, 9, 9, 4)

/** What the check says of a server with one paired thermostat, some hours after its start. */
async function checked(backupDir: string | undefined, hours: number, paired = 1) {
  const { config } = resolveConfig(backupDir === undefined ? {} : { backupDir }, {})
  const store = { countPaired: async () => paired } as Store
  const live: Live = {
    startedAtMs: STARTED_MS,
    trouble: undefined,
    status: async () => undefined,
    mqtt: {},
    matter: {},
    announced: { type: 'off' },
  }
  const nowMs = STARTED_MS + hours * HOUR_MS
  const databasePath = '/var/lib/nle/nle.sqlite'
  return (await checkBackups({ config, databasePath, store, live, nowMs }))[0]
}

t.test('a nightly backup that is old, missing or has no folder is told', async (t) => {
  const folder = t.testdir({ 'nle-nightly-20251009T031000Z.sqlite': '' })
  t.match(await checked(folder, 1), { level: 'ok', message: /^1 in .*2025-10-09T03:10/ })
  t.match(await checked(folder, 48), { level: 'warning', message: /2025-10-09T03:10/ })
  const empty = t.testdir({})
  t.match(await checked(empty, 0.5), { level: 'note', message: /none/ })
  t.match(await checked(empty, 2), { level: 'warning', message: /none/ })
  t.match(await checked(join(empty, 'usb'), 2), { level: 'problem', message: /is not there/ })
})

t.test('a home without nightly backups is told how to get them', async (t) => {
  t.equal(await checked(undefined, 1, 0), undefined, 'nothing is paired yet')
  t.match(await checked(undefined, 1), { level: 'note', mend: /BACKUP_DIR/ })
})
