import { closeSync, existsSync, openSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { NleError } from '../../errors.ts'
import { historyPath } from '../history-path.ts'
import { openDatabase } from './database.ts'
import { forgetServer } from './database-copy.ts'
import { describeFileError } from './disk.ts'
import { removeDatabase } from './files.ts'
import { addHistory } from './history-copy.ts'

const MIB = 1024 * 1024
/** What the server may still write while the copy is there. */
const KEPT_FREE_BYTES = 20 * MIB
/** Copied in one turn of the event loop; a page has 1 KiB. */
const PAGES_PER_TURN = 64

/**
 * Writes a consistent copy of the database that this process serves, a few pages in each turn of the event
 * loop, so that thermostats are served meanwhile. Its caller removes it; a failure leaves nothing.
 *
 * @param isWanted - asked again and again; the copy ends when it is not
 * @param withHistory - adds what thermostats did; a backup without it is as good
 * @returns why the history could not be added; undefined where it was, or where there is none
 * @throws NleError `store` without space for the copy, `cancelled` when it is not wanted any more
 */
export async function copyWhileServing(
  databasePath: string,
  copy: string,
  {
    nowMs,
    isWanted,
    withHistory,
  }: { readonly nowMs: number; isWanted(): boolean; readonly withHistory: boolean },
): Promise<string | undefined> {
  removeDatabase(copy)
  refuseFullDisk(databasePath)
  const source = openDatabase(databasePath, { readonly: true, nowMs })
  try {
    closeSync(openSync(copy, 'wx', 0o600))
    // What is written from now on stays in the log, apart from what this transaction reads.
    source.exec('BEGIN')
    source.prepare('SELECT count(*) FROM sqlite_schema').get()
    await source.backup(copy, {
      progress() {
        if (isWanted()) return PAGES_PER_TURN
        throw new NleError('cancelled', 'Nobody waits for this backup any more.')
      },
    })
    forgetServer(copy)
    return withHistory ? await addHistoryInTurns(databasePath, copy) : undefined
  } catch (error) {
    removeDatabase(copy)
    if (error instanceof NleError) throw error
    // Without its cause, which says nothing of the database itself.
    const why = describeFileError(copy, error)
    throw new NleError('store', `The copy that a backup is sent from cannot be written: ${why}.`)
  } finally {
    source.close()
  }
}

/** Adds the history of one thermostat in each turn of the event loop. */
async function addHistoryInTurns(databasePath: string, copy: string): Promise<string | undefined> {
  const file = historyPath(databasePath)
  if (!existsSync(file)) return undefined
  try {
    for (const _ of addHistory(file, copy)) await nextTurn()
    return undefined
  } catch (error) {
    return describeFileError(file, error)
  }
}

function refuseFullDisk(databasePath: string): void {
  const files = [databasePath, `${databasePath}-wal`, historyPath(databasePath)]
  const sizes = files.map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0)
  const neededBytes = sizes.reduce((sum, size) => sum + size, KEPT_FREE_BYTES)
  const { bavail, bsize } = statfsSync(dirname(databasePath))
  const freeBytes = bavail * bsize
  if (freeBytes >= neededBytes) return
  const mib = (bytes: number): string => `${Math.ceil(bytes / MIB)} MiB`
  throw new NleError(
    'store',
    `There is no room for the copy that a backup is sent from: ${mib(freeBytes)} are free beside ${databasePath}, and ${mib(neededBytes)} are needed. Make room, or stop the server and copy its database with "nle backup --db".`,
  )
}
