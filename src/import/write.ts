import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NleError } from '../errors.ts'
import type { Now } from '../protocol/now.ts'
import { writeCopy } from '../store/sqlite/connect.ts'
import { openDatabase } from '../store/sqlite/database.ts'
import { StoreLock } from '../store/sqlite/lock.ts'
import { MQTT } from '../store/sqlite/tables/integrations-table.ts'
import { Store } from '../store/store.ts'
import { type ImportPlan, type OnFile, planImport } from './import-plan.ts'
import { readExistingServer } from './reader.ts'
import type { SourceData } from './source.ts'

const NOTHING_ON_FILE: OnFile = {
  isKnown: () => false,
  ownerOf: () => undefined,
  bucket: () => undefined,
  hasCode: () => false,
  hasUser: () => false,
  hasBroker: () => false,
}

/** An import that is planned and can be applied. */
export interface PreparedImport {
  readonly plan: ImportPlan
  /**
   * Imports in one transaction, and returns what was imported.
   *
   * @throws NleError `in_use` while a server has nle's database, `store` when it cannot be written
   */
  apply(): Promise<ImportPlan>
}

/**
 * Reads the existing server's database and compares it with nle's. Before `apply` nothing is written
 * and no database is created.
 *
 * @throws NleError as `readExistingServer` and `openDatabase`
 */
export function prepareImport(sourcePath: string, databasePath: string, now: Now): PreparedImport {
  const source = readExistingServer(sourcePath)
  const plan = existsSync(databasePath)
    ? withStore(databasePath, now, (store) => planImport(source, onFile(store), now))
    : planImport(source, NOTHING_ON_FILE, now)
  return { plan, apply: () => carryOut(source, databasePath, now) }
}

function withStore<T>(path: string, now: Now, look: (store: Store) => T): T {
  const nowMs = now.wallMs
  const folder = mkdtempSync(join(tmpdir(), 'nle-import-'))
  try {
    // The copy may be migrated; the database itself is only read.
    const copy = join(folder, 'nle.sqlite')
    const db = openDatabase(path, { readonly: true, nowMs })
    writeCopy(db, copy)
    db.close()
    const store = new Store(copy, { nowMs })
    try {
      return look(store)
    } finally {
      store.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function carryOut(source: SourceData, path: string, now: Now): Promise<ImportPlan> {
  const lock = StoreLock.tryAcquire(path, 250)
  if (lock === undefined) {
    throw new NleError(
      'in_use',
      `A server works on ${path} right now. Stop it ("systemctl stop nle", or Ctrl-C where it runs), import, and start it again.`,
    )
  }
  try {
    const store = new Store(path, { nowMs: now.wallMs })
    try {
      return await store.commit(() => {
        // Planned again: the database may have changed since the plan was shown.
        const plan = planImport(source, onFile(store), now)
        write(store, plan, now)
        return plan
      })
    } finally {
      store.close()
    }
  } finally {
    lock.release()
  }
}

function onFile({ devices, owners, buckets, entryKeys, integrations }: Store): OnFile {
  const users = new Set(owners.users())
  return {
    isKnown: (serial) => devices.get(serial) !== undefined,
    ownerOf: (serial) => owners.get(serial)?.userId,
    bucket: (serial, objectKey) => buckets.get(serial, objectKey),
    hasCode: (code) => entryKeys.get(code) !== undefined,
    hasUser: (userId) => users.has(userId),
    hasBroker: () => integrations.get(MQTT) !== undefined,
  }
}

function write(
  { devices, owners, buckets, entryKeys, integrations }: Store,
  plan: ImportPlan,
  now: Now,
): void {
  if (plan.broker !== undefined) integrations.set(MQTT, { ...plan.broker }, now.wallMs)
  for (const { userId, createdAtMs, email } of plan.users) {
    owners.ensureUser(userId, createdAtMs, email)
  }
  for (const device of plan.devices) {
    const { serial, owner, structureKey } = device
    if (device.isNew) devices.insert(serial, device.lastSeenAtMs)
    if (structureKey !== undefined && (devices.get(serial)?.structureKey ?? null) === null) {
      devices.setStructureKey(serial, structureKey)
    }
    for (const bucket of device.buckets) buckets.put(serial, bucket)
    if (owner !== undefined) {
      owners.ensureUser(owner.userId, owner.createdAtMs)
      owners.set(serial, owner.userId, owner.createdAtMs)
    }
    for (const key of device.entryKeys) {
      entryKeys.insert(key)
      if (key.claimedBy !== null) entryKeys.claim(key.code, key.claimedBy, key.claimedAtMs ?? 0)
    }
  }
}
