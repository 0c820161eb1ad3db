import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NleError } from '../errors.ts'
import type { Now } from '../protocol/now.ts'
import { newDevice } from '../protocol/thermostat/contact.ts'
import { NOTHING_HELD, type Writes } from '../protocol/thermostat/decision.ts'
import { Draft } from '../protocol/thermostat/draft.ts'
import { NO_MEMORY } from '../protocol/thermostat/memory.ts'
import { emptyState, type ThermostatState } from '../protocol/thermostat/state.ts'
import { copyDatabase } from '../store/copies.ts'
import { openOwnStore } from '../store/open.ts'
import { type ImportedData, MQTT, type Store } from '../store/store.ts'
import { type ImportedDevice, type ImportPlan, type OnFile, planImport } from './import-plan.ts'
import { readExistingServer } from './reader.ts'
import type { SourceData } from './source.ts'

/** How long to wait for another process that only looks into the database. */
const LOCK_WAIT_MS = 250

const NOTHING_ON_FILE: OnFile = { thermostats: new Map(), users: new Set(), hasBroker: false }

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
export async function prepareImport(
  sourcePath: string,
  databasePath: string,
  now: Now,
): Promise<PreparedImport> {
  const source = readExistingServer(sourcePath)
  const plan = existsSync(databasePath)
    ? planImport(source, await knownIn(databasePath, now), now)
    : planImport(source, NOTHING_ON_FILE, now)
  return { plan, apply: () => carryOut(source, databasePath, now) }
}

/** Reads a copy, which may be migrated where the database itself is only looked at. */
async function knownIn(path: string, now: Now): Promise<OnFile> {
  const nowMs = now.wallMs
  const folder = mkdtempSync(join(tmpdir(), 'nle-import-'))
  try {
    const copy = join(folder, 'nle.sqlite')
    copyDatabase(path, copy, nowMs)
    const own = openOwnStore(copy, nowMs, 0)
    if (own === undefined) throw new Error('the copy is locked')
    try {
      return await knownTo(own.store)
    } finally {
      own.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function carryOut(source: SourceData, path: string, now: Now): Promise<ImportPlan> {
  const own = openOwnStore(path, now.wallMs, LOCK_WAIT_MS)
  if (own === undefined) {
    throw new NleError(
      'in_use',
      `A server works on ${path} right now. Stop it ("systemctl stop nle", or Ctrl-C where it runs), import, and start it again.`,
    )
  }
  try {
    // Planned anew: the database may have changed since the plan was shown.
    const known = await knownTo(own.store)
    const plan = planImport(source, known, now)
    await own.store.importData(dataOf(plan, known, now))
    return plan
  } finally {
    own.close()
  }
}

async function knownTo(store: Store): Promise<OnFile> {
  const thermostats = new Map<string, ThermostatState>()
  for (const { serial } of await store.thermostats()) {
    thermostats.set(serial, await store.load(serial))
  }
  const hasBroker = (await store.integration(MQTT)) !== undefined
  return { thermostats, users: new Set(await store.users()), hasBroker }
}

function dataOf(plan: ImportPlan, { thermostats }: OnFile, now: Now): ImportedData {
  return {
    users: plan.users,
    thermostats: plan.devices.map((device) => ({
      serial: device.serial,
      writes: writesOf(device, thermostats.get(device.serial) ?? emptyState(device.serial), now),
    })),
    broker: plan.broker === undefined ? undefined : { ...plan.broker },
    latestChangeId: 0,
    nowMs: now.wallMs,
  }
}

function writesOf(imported: ImportedDevice, state: ThermostatState, now: Now): Writes {
  const draft = new Draft({ state, now, held: NOTHING_HELD, memory: NO_MEMORY, nextChangeId: 0 })
  const device = draft.device ?? newDevice(imported.lastSeenAtMs)
  const structureKey = device.structureKey ?? imported.structureKey ?? null
  draft.setDevice({ ...device, structureKey })
  for (const bucket of imported.buckets) draft.putBucket(bucket, 'imported')
  if (imported.owner !== undefined) draft.setOwner(imported.owner)
  for (const key of imported.entryKeys) draft.putKey(key)
  return draft.decision(undefined).writes
}
