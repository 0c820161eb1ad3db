import type { Database } from 'better-sqlite3'
import type { Bucket, BucketVersion, JsonObject } from '../../../protocol/bucket.ts'
import { storedJson } from '../sqlite-errors.ts'

/** A bucket as the list of what is on file shows it. */
export interface BucketSummary extends BucketVersion {
  readonly serial: string
  readonly objectKey: string
  /** Bytes of its JSON text. */
  readonly size: number
}

interface Row extends BucketVersion {
  readonly objectKey: string
  readonly value: string
}

const ROW = 'object_key AS objectKey, revision, timestamp, value'

/** The table of buckets: serial + object key → revision, timestamp, value. */
export class Buckets {
  readonly #get
  readonly #ofDevice
  readonly #versions
  readonly #upsert
  readonly #rename
  readonly #delete
  readonly #summaries
  readonly #totals

  constructor(db: Database) {
    this.#get = db.prepare<[string, string], Row>(
      `SELECT ${ROW} FROM buckets WHERE serial = ? AND object_key = ?`,
    )
    // With an ORDER BY, SQLite would compile these anew each time they are bound: ordered here.
    this.#ofDevice = db.prepare<[string], Row>(`SELECT ${ROW} FROM buckets WHERE serial = ?`)
    this.#versions = db.prepare<[string], BucketVersion & { objectKey: string }>(
      'SELECT object_key AS objectKey, revision, timestamp FROM buckets WHERE serial = ?',
    )
    this.#upsert = db.prepare(
      `INSERT INTO buckets (serial, object_key, revision, timestamp, value) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (serial, object_key) DO UPDATE
       SET revision = excluded.revision, timestamp = excluded.timestamp, value = excluded.value`,
    )
    this.#rename = db.prepare(
      'UPDATE buckets SET object_key = ? WHERE serial = ? AND object_key = ?',
    )
    this.#delete = db.prepare('DELETE FROM buckets WHERE serial = ? AND object_key = ?')
    this.#summaries = db.prepare<[{ serial: string | null }], BucketSummary>(
      `SELECT serial, object_key AS objectKey, revision, timestamp,
         length(CAST(value AS BLOB)) AS size
       FROM buckets WHERE @serial IS NULL OR serial = @serial ORDER BY serial, object_key`,
    )
    this.#totals = db.prepare<[string], { count: number; bytes: number }>(
      `SELECT count(*) AS count, coalesce(sum(octet_length(value)), 0) AS bytes
       FROM buckets WHERE serial = ?`,
    )
  }

  get(serial: string, objectKey: string): Bucket | undefined {
    const row = this.#get.get(serial, objectKey)
    return row === undefined ? undefined : toBucket(row)
  }

  /** Every bucket of a thermostat, ordered by object key. */
  ofDevice(serial: string): Bucket[] {
    return this.#ofDevice.all(serial).sort(byObjectKey).map(toBucket)
  }

  /** Versions without values, ordered by object key. */
  versions(serial: string): (BucketVersion & { objectKey: string })[] {
    return this.#versions.all(serial).sort(byObjectKey)
  }

  /** Stores a bucket; gives the length of its JSON. */
  put(serial: string, { objectKey, revision, timestamp, value }: Bucket): number {
    const text = JSON.stringify(value)
    this.#upsert.run(serial, objectKey, revision, timestamp, text)
    return text.length
  }

  rename(serial: string, from: string, to: string): void {
    this.#rename.run(to, serial, from)
  }

  delete(serial: string, objectKey: string): boolean {
    return this.#delete.run(serial, objectKey).changes > 0
  }

  /** How many buckets a thermostat has, and the bytes of their JSON. */
  totals(serial: string): { count: number; bytes: number } {
    return this.#totals.get(serial) ?? { count: 0, bytes: 0 }
  }

  /** What is on file, of one thermostat or of all. */
  summaries(serial?: string): BucketSummary[] {
    return this.#summaries.all({ serial: serial ?? null })
  }
}

function byObjectKey(a: { objectKey: string }, b: { objectKey: string }): number {
  return a.objectKey < b.objectKey ? -1 : 1
}

function toBucket({ objectKey, revision, timestamp, value }: Row): Bucket {
  return { objectKey, revision, timestamp, value: storedJson<JsonObject>(value) }
}
