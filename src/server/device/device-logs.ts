import { createWriteStream } from 'node:fs'
import { readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { earlierOf } from '../../protocol/now.ts'
import { makeFolders } from '../../store/make-folders.ts'
import type { Clock, Timer } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import type { Caller } from '../core/presence.ts'
import { RateLimit } from '../core/rate-limit.ts'

export interface DeviceLogsOptions {
  readonly folder: string
  readonly clock: Clock
  readonly log: Logger
  readonly limits?: Partial<DeviceLogLimits>
}

const LIMITS = {
  /** As received. */
  maxUploadBytes: 8 * 1024 * 1024,
  /** As written: a few bytes of gzip may hold gigabytes. */
  maxFileBytes: 32 * 1024 * 1024,
  maxTotalBytes: 256 * 1024 * 1024,
  maxFiles: 2000,
  maxAgeMs: 90 * 86_400_000,
  maxUnderWay: 4,
  /** Of these, from one network. */
  maxUnderWayOfOne: 2,
  timeoutMs: 60_000,
}
export type DeviceLogLimits = Readonly<typeof LIMITS>

/** Uploads of one thermostat, and of all. */
const UPLOAD_RATE = {
  own: { atOnce: 10, perMinute: 1 },
  spare: { atOnce: 2, perMinute: 0.1 },
  shared: { atOnce: 60, perMinute: 10 },
}

const PART = '.part'

/**
 * The logs that thermostats upload, in one folder each. They are unpacked and streamed to disk. Beyond the
 * limits, the oldest logs of the thermostat with the most are deleted. A failure is logged; the thermostat is
 * not told.
 */
export class DeviceLogs {
  readonly #options: DeviceLogsOptions
  readonly #limits: DeviceLogLimits
  /** The network of each upload that is under way. */
  readonly #underWay: string[] = []
  readonly #rate: RateLimit
  #sequence = 0
  #pruning: Promise<void> = Promise.resolve()

  constructor(options: DeviceLogsOptions) {
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
    this.#rate = new RateLimit(options.clock, UPLOAD_RATE)
  }

  /**
   * Keeps an upload. Never rejects.
   *
   * @param caller - with a valid serial, because it becomes the name of a folder
   * @returns the file, or undefined when it was not kept
   */
  async keep({ serial, network }: Caller, upload: Readable): Promise<string | undefined> {
    const { folder, log, clock } = this.#options
    if (this.#isCrowded(network) || this.#rate.use(serial) > 0) {
      log.warn('device log dropped: too many at once', { serial })
      return undefined
    }
    this.#underWay.push(network)
    const place = join(folder, serial)
    const path = join(place, `${fileStamp(clock.now().wallMs, this.#sequence++)}.log`)
    const stop = new AbortController()
    const timer: Timer = clock.setTimer(this.#limits.timeoutMs, () =>
      stop.abort(new Error('it took too long')),
    )
    try {
      makeFolders(place)
      const bytes = await this.#write(upload, path, stop.signal)
      log.info('device log kept', { serial, path, bytes })
      await this.#prune()
      return path
    } catch (error) {
      await rm(path + PART, { force: true })
      await removeEmpty(place)
      log.warn('device log dropped', {
        serial,
        reason: error instanceof Error ? error.message : String(error),
      })
      return undefined
    } finally {
      clock.clearTimer(timer)
      this.#underWay.splice(this.#underWay.indexOf(network), 1)
    }
  }

  #isCrowded(network: string): boolean {
    const own = this.#underWay.filter((each) => each === network).length
    return this.#underWay.length >= this.#limits.maxUnderWay || own >= this.#limits.maxUnderWayOfOne
  }

  async #write(upload: Readable, path: string, signal: AbortSignal): Promise<number> {
    const { maxUploadBytes, maxFileBytes } = this.#limits
    const chunks = chunksOf(upload, signal)
    const first = (await chunks.next()).value ?? Buffer.alloc(0)
    const isGzip = first[0] === 0x1f && first[1] === 0x8b
    const written = limit(maxFileBytes, 'it is larger unpacked than what is kept')
    const file = createWriteStream(path + PART, { flags: 'wx', mode: 0o600 })
    const all = withFirst(first, chunks)
    const received = limit(maxUploadBytes, 'it is larger than what is kept')
    if (isGzip) await pipeline(all, received, createGunzip(), written, file, { signal })
    else await pipeline(all, received, written, file, { signal })
    await rename(path + PART, path)
    return file.bytesWritten
  }

  /** Deletes the files that are too old or too many; one sweep at a time. */
  #prune(): Promise<void> {
    this.#pruning = this.#pruning.then(async () => {
      const oldestMs = earlierOf(this.#options.clock.now()) - this.#limits.maxAgeMs
      for (const { path } of tooMany(await this.#files(), oldestMs, this.#limits)) {
        await rm(path, { force: true })
        await removeEmpty(dirname(path))
      }
    })
    return this.#pruning.catch((error) => {
      this.#pruning = Promise.resolve()
      this.#options.log.warn('old device logs could not be removed', { reason: String(error) })
    })
  }

  /** Every kept log, oldest first; a crash may leave unfinished files among them. */
  async #files(): Promise<KeptFile[]> {
    const { folder } = this.#options
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const paths = entries
      .filter((entry) => entry.isFile() && /\.log(\.part)?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
    const files = await Promise.all(
      paths.map(async (path) => {
        const found = await stat(path).catch(() => undefined)
        return { path, bytes: found?.size ?? 0, changedMs: found?.mtimeMs ?? 0 }
      }),
    )
    return files.sort((a, b) => a.changedMs - b.changedMs || (a.path < b.path ? -1 : 1))
  }
}

interface KeptFile {
  readonly path: string
  readonly bytes: number
  readonly changedMs: number
}

/**
 * The files to delete: those that are too old, then always the oldest of the thermostat that has most, so that
 * one does not push out the logs of another.
 *
 * @param files - oldest first
 */
function tooMany(
  files: readonly KeptFile[],
  oldestMs: number,
  { maxTotalBytes, maxFiles }: DeviceLogLimits,
): KeptFile[] {
  const deleted = files.filter(({ changedMs }) => changedMs < oldestMs)
  const kept = files.filter(({ changedMs }) => changedMs >= oldestMs)
  const owners = [...Map.groupBy(kept, ({ path }) => dirname(path)).values()].map((own) => ({
    own,
    bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
  }))
  let left = kept.length
  let total = owners.reduce((sum, { bytes }) => sum + bytes, 0)
  while (left > maxFiles || total > maxTotalBytes) {
    const isTooLarge = total > maxTotalBytes
    const most = owners.reduce((a, b) =>
      (isTooLarge ? b.bytes > a.bytes : b.own.length > a.own.length) ? b : a,
    )
    const oldest = most.own.shift()
    if (oldest === undefined) break
    most.bytes -= oldest.bytes
    total -= oldest.bytes
    left -= 1
    deleted.push(oldest)
  }
  return deleted
}

/** Removes a thermostat's folder once its last log is gone. */
async function removeEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => {})
}

/** `20261121-103000-123-0`: sorts by time, and is a file name everywhere. */
function fileStamp(ms: number, sequence: number): string {
  const iso = new Date(ms).toISOString()
  return `${iso.replace(/[-:Z]/g, '').replace(/[T.]/g, '-')}-${sequence}`
}

/**
 * The chunks of an upload until its end or the timeout. The upload is not destroyed then, because the
 * thermostat still gets an answer; nor is it waited for, because it may stall.
 */
async function* chunksOf(upload: Readable, signal: AbortSignal): AsyncGenerator<Buffer, undefined> {
  const chunks = upload.iterator({ destroyOnReturn: false })
  const givenUp = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  )
  givenUp.catch(() => {})
  for (;;) {
    const { value, done } = await Promise.race([chunks.next(), givenUp])
    if (done === true) return
    yield value as Buffer
  }
}

async function* withFirst(first: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield first
  yield* rest
}

function limit(maxBytes: number, reason: string): Transform {
  let size = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      if (size > maxBytes) done(new Error(reason))
      else done(null, chunk)
    },
  })
}
