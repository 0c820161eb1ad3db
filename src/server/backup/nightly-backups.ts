import { existsSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { NleError } from '../../errors.ts'
import {
  backupName,
  isLeftOver,
  type NightlyBackup,
  newestOf,
  nightlyBackups,
  surplusOf,
} from '../../protocol/backup/backup-files.ts'
import { isBackupDue } from '../../protocol/backup/backup-times.ts'
import { TOO_LITTLE_ROOM_BYTES } from '../../protocol/disk-room.ts'
import { gauge, type Metric } from '../../protocol/metrics/metric.ts'
import { makeFolders } from '../../store/make-folders.ts'
import type { Timer } from '../core/clock.ts'
import type { Core } from '../core/core.ts'
import { freeBytes } from '../core/free-bytes.ts'

/** After a start, thermostats come back first. */
const FIRST_LOOK_MS = 2 * 60_000
const LOOK_EVERY_MS = 10 * 60_000
const RETRY_MS = 3_600_000

/**
 * Writes a checked backup of the database to a new file, outside of this process, which goes on serving.
 * Rejects when it could not, or once the signal fires.
 */
export type BackUp = (file: string, signal: AbortSignal) => Promise<void>

export interface NightlyBackupsParts {
  readonly core: Core
  readonly databasePath: string
  readonly folder: string
  /** How many are kept. */
  readonly keep: number
  readonly backUp: BackUp
}

/** Makes a backup every night, and removes the oldest ones once the new one is good. */
export class NightlyBackups {
  readonly #parts: NightlyBackupsParts
  readonly #database: string
  readonly #stop = new AbortController()
  #timer: Timer | undefined
  #isBusy = false
  #notBeforeSteadyMs = 0
  /** What is in the folder, as far as it was read; a look at it would wake a sleeping disk. */
  #known: readonly NightlyBackup[] | undefined
  #lastFailed = false

  constructor(parts: NightlyBackupsParts) {
    this.#parts = parts
    this.#database = basename(parts.databasePath)
  }

  start(): void {
    this.#arm(FIRST_LOOK_MS)
  }

  /** One that is being written is given up; the next run removes what is left of it. */
  stop(): void {
    this.#stop.abort()
    this.#parts.core.clock.clearTimer(this.#timer)
  }

  metrics(): Metric[] {
    const { clock } = this.#parts.core
    const newest = newestOf(this.#known ?? [], clock.now().wallMs)
    return [
      gauge(
        'nle_backup_last_success_timestamp_seconds',
        'When the last nightly backup was made, Unix time.',
        newest === undefined ? undefined : newest.madeAtMs / 1000,
      ),
      gauge(
        'nle_backup_failed',
        '1 while the last attempt at a nightly backup has failed.',
        Number(this.#lastFailed),
      ),
      gauge('nle_backups', 'Nightly backups that are kept.', this.#known?.length),
    ]
  }

  #arm(ms: number): void {
    this.#timer = this.#parts.core.clock.setTimer(ms, () => {
      this.#arm(LOOK_EVERY_MS)
      void this.#look()
    })
  }

  async #look(): Promise<void> {
    const { clock, log, events, localOffsetS } = this.#parts.core
    const { wallMs, steadyMs } = clock.now()
    if (this.#isBusy || steadyMs < this.#notBeforeSteadyMs) return
    this.#isBusy = true
    try {
      const known = this.#known ?? (await this.#read())
      const last = newestOf(known, wallMs)
      if (!isBackupDue(last?.madeAtMs, wallMs, localOffsetS)) return
      await this.#make(wallMs)
      this.#lastFailed = false
      events.emit('backupEnded', undefined)
    } catch (error) {
      if (this.#stop.signal.aborted) return
      this.#lastFailed = true
      this.#notBeforeSteadyMs = clock.now().steadyMs + RETRY_MS
      const reason = error instanceof Error ? error.message : String(error)
      log.error('the nightly backup failed; it is tried again in an hour', { reason })
      events.emit('backupEnded', reason)
    } finally {
      this.#isBusy = false
    }
  }

  async #make(nowMs: number): Promise<void> {
    const { folder, keep, backUp, databasePath, core } = this.#parts
    this.#makeFolder()
    await this.#removeLeftOvers()
    const fresh = { name: backupName(this.#database, nowMs), madeAtMs: nowMs }
    const file = join(folder, fresh.name)
    await refuseLittleRoom(databasePath, file)
    await backUp(file, this.#stop.signal)
    const surplus = surplusOf(await this.#read(), keep, fresh)
    for (const { name } of surplus) await rm(join(folder, name), { force: true })
    const left = await this.#read()
    core.log.info('nightly backup written', { file, kept: left.length })
  }

  async #read(): Promise<readonly NightlyBackup[]> {
    const { folder } = this.#parts
    // A folder that is not there yet has none; `backUp` says so when it has to write.
    const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    this.#known = nightlyBackups(this.#database, names)
    return this.#known
  }

  /** Makes a folder beside the database only: elsewhere, a missing one may be a disk that is not mounted. */
  #makeFolder(): void {
    const { folder, databasePath } = this.#parts
    const isBeside = resolve(folder).startsWith(resolve(dirname(databasePath)) + sep)
    if (isBeside && !existsSync(folder)) makeFolders(folder)
  }

  async #removeLeftOvers(): Promise<void> {
    const { folder } = this.#parts
    const names = await readdir(folder).catch(() => [])
    for (const name of names.filter((each) => isLeftOver(this.#database, each))) {
      await rm(join(folder, name), { force: true })
    }
  }
}

/** A backup must not fill the disk that the server writes to. Two copies are written, one of them for a check. */
async function refuseLittleRoom(databasePath: string, file: string): Promise<void> {
  const { size } = await stat(databasePath)
  const free = await freeBytes(file)
  if (free === undefined || free >= 2 * size + TOO_LITTLE_ROOM_BYTES) return
  throw new NleError(
    'store',
    `There is too little room for a backup in ${dirname(file)}. Make room, or name another folder (BACKUP_DIR).`,
  )
}
