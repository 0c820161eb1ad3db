import type { Database } from 'better-sqlite3'
import type { BucketVersion, JsonObject } from '../../../protocol/bucket.ts'
import type { BucketWrite } from '../../../protocol/thermostat/decision.ts'
import type { StoredBucket } from '../../../protocol/thermostat/state.ts'
import type { BucketSummary } from '../../store.ts'
import { storedJson } from '../sqlite-errors.ts'

interface Row extends BucketVersion {
  readonly objectKey: string
  readonly value: string
}

/** The table of buckets: serial + object key → revision, timestamp, value. */
export class BucketsTable {
  readonly #ofDevice
  readonly #upsert
  readonly #delete
  readonly #summaries

  constructor(db: Database) {
    // With an ORDER BY, SQLite would compile this anew each time it is bound: ordered here.
    this.#ofDevice = db.prepare<[string], Row>(
      'SELECT object_key AS objectKey, revision, timestamp, value FROM buckets WHERE serial = ?',
    )
    this.#upsert = db.prepare(
      `INSERT INTO buckets (serial, object_key, revision, timestamp, value) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (serial, object_key) DO UPDATE
       SET revision = excluded.revision, timestamp = excluded.timestamp, value = excluded.value`,
    )
    this.#delete = db.prepare('DELETE FROM buckets WHERE serial = ? AND object_key = ?')
    this.#summaries = db.prepare<[{ serial: string | null }], BucketSummary>(
      `SELECT serial, object_key AS objectKey, revision, timestamp,
         length(CAST(value AS BLOB)) AS size
       FROM buckets WHERE @serial IS NULL OR serial = @serial ORDER BY serial, object_key`,
    )
  }

  /** Every bucket of a thermostat, by object key and in its order. */
  ofDevice(serial: string): Map<string, StoredBucket> {
    const rows = this.#ofDevice.all(serial).sort((a, b) => (a.objectKey < b.objectKey ? -1 : 1))
    return new Map(rows.map((row) => [row.objectKey, toBucket(row)]))
  }

  put(serial: string, { bucket, text }: BucketWrite): void {
    const { objectKey, revision, timestamp } = bucket
    this.#upsert.run(serial, objectKey, revision, timestamp, text)
  }

  delete(serial: string, objectKey: string): void {
    this.#delete.run(serial, objectKey)
  }

  /** What is on file, of one thermostat or of all. */
  summaries(serial?: string): BucketSummary[] {
    return this.#summaries.all({ serial: serial ?? null })
  }
}

/** Its value is parsed when it is first read: most requests read one bucket of ten. */
function toBucket({ objectKey, revision, timestamp, value: json }: Row): StoredBucket {
  let text: string | undefined = json
  let value: JsonObject | undefined
  return {
    objectKey,
    revision,
    timestamp,
    length: json.length,
    get value(): JsonObject {
      value ??= storedJson<JsonObject>(text ?? '')
      text = undefined
      return value
    },
  }
}
