import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from '../../src/store/sqlite/connect.ts'
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'

/**
 * Checks the database after a crash, before the next server changes it. It opens a copy, which
 * SQLite recovers in the same way as the original.
 *
 * @param folder - where the copy may be made
 * @returns what is wrong, empty when nothing is
 */
export async function inspect(
  path: string,
  folder: string,
  more: (store: Store) => Promise<string[]> = async () => [],
): Promise<string[]> {
  const place = join(folder, 'copy')
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place)
  const copy = join(place, 'nle.sqlite')
  for (const suffix of ['', '-wal']) {
    if (existsSync(path + suffix)) copyFileSync(path + suffix, copy + suffix)
  }
  const db = connect(copy, {})
  const whole = db.pragma('integrity_check', { simple: true })
  const orphans = db.pragma('foreign_key_check') as unknown[]
  db.close()
  const store = new SqliteStore(copy, { readonly: true, nowMs: Date.now() })
  const found = await more(store)
  store.close()
  return [
    ...(whole === 'ok' ? [] : [`integrity_check: ${whole}`]),
    ...orphans.map((orphan) => `foreign_key_check: ${JSON.stringify(orphan)}`),
    ...found,
  ]
}
