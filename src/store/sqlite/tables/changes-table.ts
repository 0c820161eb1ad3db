import type { Database } from 'better-sqlite3'
import type { JsonObject } from '../../../protocol/bucket.ts'
import type { Change, ChangeKind, ChangeState } from '../../../protocol/delivery/change.ts'
import type { CommandParts } from '../../../protocol/delivery/change-report.ts'
import { storedJson } from '../sqlite-errors.ts'

interface Row {
  id: number
  command_id: number
  serial: string
  command: string
  object_key: string
  fields: string
  kind: ChangeKind
  state: ChangeState
  sends: number
  push_revision: number | null
  push_timestamp: number | null
  push_stamped_at_ms: number | null
  since_revision: number | null
  since_timestamp: number | null
  created_at_ms: number
  expires_at_steady_ms: number | null
  sent_at_ms: number | null
  sent_at_steady_ms: number | null
  ended_at_ms: number | null
  reason: string | null
  settled: number
}

/** The table of pending changes and of what became of them (`D1`, `D2`). */
export class ChangesTable {
  readonly #tracked
  readonly #ofCommand
  readonly #recentCommands
  readonly #upsert
  readonly #overdue
  readonly #clamp
  readonly #shift
  readonly #latestId
  readonly #prune

  constructor(db: Database) {
    // With an ORDER BY, SQLite would compile these anew each time they are bound: ordered here.
    this.#tracked = db.prepare<[string], Row>(
      'SELECT * FROM changes WHERE serial = ? AND settled = 0',
    )
    this.#ofCommand = db.prepare<[number], Row>('SELECT * FROM changes WHERE command_id = ?')
    this.#recentCommands = db.prepare<[{ serial: string | null; limit: number }], Row>(
      `SELECT * FROM changes WHERE command_id IN (
         SELECT DISTINCT command_id FROM changes WHERE @serial IS NULL OR serial = @serial
         ORDER BY command_id DESC LIMIT @limit)
       ORDER BY command_id DESC, id`,
    )
    this.#upsert = db.prepare(
      `INSERT INTO changes (id, command_id, serial, command, object_key, fields, kind, state, sends,
         push_revision, push_timestamp, push_stamped_at_ms, since_revision, since_timestamp,
         created_at_ms, expires_at_steady_ms, sent_at_ms, sent_at_steady_ms, ended_at_ms, reason,
         settled)
       VALUES (@id, @commandId, @serial, @command, @objectKey, @fields, @kind, @state, @sends,
         @pushRevision, @pushTimestamp, @pushStampedAtMs, @sinceRevision, @sinceTimestamp,
         @createdAtMs, @expiresAtSteadyMs, @sentAtMs, @sentAtSteadyMs, @endedAtMs, @reason,
         @settled)
       ON CONFLICT (id) DO UPDATE SET fields = excluded.fields, state = excluded.state,
         sends = excluded.sends, push_revision = excluded.push_revision,
         push_timestamp = excluded.push_timestamp,
         push_stamped_at_ms = excluded.push_stamped_at_ms,
         since_revision = excluded.since_revision, since_timestamp = excluded.since_timestamp,
         sent_at_ms = excluded.sent_at_ms, sent_at_steady_ms = excluded.sent_at_steady_ms,
         ended_at_ms = excluded.ended_at_ms, reason = excluded.reason,
         settled = excluded.settled`,
    )
    this.#overdue = db
      .prepare<[number], string>(
        `SELECT DISTINCT serial FROM changes WHERE settled = 0 AND state IN ('queued', 'sent')
           AND expires_at_steady_ms <= ?`,
      )
      .pluck()
    this.#clamp = db.prepare(
      `UPDATE changes SET expires_at_steady_ms = @latest
       WHERE settled = 0 AND kind = @kind AND expires_at_steady_ms > @latest`,
    )
    this.#shift = db.prepare(
      `UPDATE changes SET expires_at_steady_ms = expires_at_steady_ms + @ms,
         sent_at_steady_ms = sent_at_steady_ms + @ms
       WHERE settled = 0`,
    )
    this.#latestId = db
      .prepare<[], number>(`SELECT seq FROM sqlite_sequence WHERE name = 'changes'`)
      .pluck()
    this.#prune = db.prepare(
      `DELETE FROM changes
       WHERE ended_at_ms IS NOT NULL AND (ended_at_ms < @endedBeforeMs OR id <= (
           SELECT id FROM changes ORDER BY id DESC LIMIT 1 OFFSET @most))
         AND id <= (SELECT newer.id FROM changes AS newer WHERE newer.serial = changes.serial
           ORDER BY newer.id DESC LIMIT 1 OFFSET @least)`,
    )
  }

  /** The changes that are not settled, oldest first. */
  tracked(serial: string): Change[] {
    return this.#tracked.all(serial).sort(byId).map(toChange)
  }

  ofCommand(commandId: number): Change[] {
    return this.#ofCommand.all(commandId).sort(byId).map(toChange)
  }

  /** The changes of each of the last commands, newest first, of one thermostat or of all. */
  recentCommands(serial: string | undefined, limit: number): CommandParts[] {
    const commands: [Change, ...Change[]][] = []
    const rows = this.#recentCommands.all({ serial: serial ?? null, limit })
    for (const change of rows.map(toChange)) {
      const latest = commands.at(-1)
      if (latest?.[0].commandId === change.commandId) latest.push(change)
      else commands.push([change])
    }
    return commands
  }

  /** Stores a change as it is now, new or known. */
  put(change: Change): void {
    this.#upsert.run({
      id: change.id,
      commandId: change.commandId,
      serial: change.serial,
      command: change.command,
      objectKey: change.objectKey,
      kind: change.kind,
      createdAtMs: whole(change.createdAtMs),
      expiresAtSteadyMs: whole(change.expiresAtSteadyMs),
      fields: JSON.stringify(change.fields),
      state: change.state,
      sends: change.sends,
      pushRevision: change.push?.revision ?? null,
      pushTimestamp: change.push?.timestamp ?? null,
      pushStampedAtMs: whole(change.push?.stampedAtMs ?? null),
      sinceRevision: change.push?.since?.revision ?? null,
      sinceTimestamp: change.push?.since?.timestamp ?? null,
      sentAtMs: whole(change.sentAt?.wallMs ?? null),
      sentAtSteadyMs: whole(change.sentAt?.steadyMs ?? null),
      endedAtMs: whole(change.endedAtMs),
      reason: change.reason,
      settled: change.settled ? 1 : 0,
    })
  }

  /** Serials with an open change whose time is over (`D4`). */
  overdueSerials(steadyMs: number): string[] {
    return this.#overdue.all(Math.floor(steadyMs))
  }

  clampExpiry(kind: ChangeKind, latestSteadyMs: number): void {
    this.#clamp.run({ kind, latest: Math.floor(latestSteadyMs) })
  }

  /** Moves what is told on the steady clock: that is another one now. */
  shift(ms: number): void {
    this.#shift.run({ ms })
  }

  /** The highest id that any change ever had; ids only grow. */
  latestId(): number {
    return this.#latestId.get() ?? 0
  }

  /**
   * Deletes changes that ended before this instant, and the oldest beyond `most`; also those of which
   * the thermostat never showed what it made of them. The last `least` of each thermostat stay,
   * whatever the clock says, and so does what is open.
   */
  prune(endedBeforeMs: number, { least, most }: { least: number; most: number }): void {
    this.#prune.run({ endedBeforeMs: Math.floor(endedBeforeMs), least, most })
  }
}

function byId(a: Row, b: Row): number {
  return a.id - b.id
}

function whole(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms)
}

function toChange(row: Row): Change {
  return {
    id: row.id,
    commandId: row.command_id,
    serial: row.serial,
    command: row.command,
    objectKey: row.object_key,
    fields: storedJson<JsonObject>(row.fields),
    kind: row.kind,
    state: row.state,
    sends: row.sends,
    push:
      row.push_revision === null || row.push_timestamp === null
        ? null
        : {
            revision: row.push_revision,
            timestamp: row.push_timestamp,
            stampedAtMs: row.push_stamped_at_ms ?? row.created_at_ms,
            since:
              row.since_revision === null || row.since_timestamp === null
                ? null
                : { revision: row.since_revision, timestamp: row.since_timestamp },
          },
    createdAtMs: row.created_at_ms,
    expiresAtSteadyMs: row.expires_at_steady_ms,
    sentAt:
      row.sent_at_ms === null || row.sent_at_steady_ms === null
        ? null
        : { wallMs: row.sent_at_ms, steadyMs: row.sent_at_steady_ms },
    endedAtMs: row.ended_at_ms,
    reason: row.reason,
    settled: row.settled !== 0,
  }
}
