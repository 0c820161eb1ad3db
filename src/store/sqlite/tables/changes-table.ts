import type { Database } from 'better-sqlite3'
import type { JsonObject } from '../../../protocol/bucket.ts'
import type { Change, ChangeKind, ChangeState } from '../../../protocol/delivery/change.ts'
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
export class Changes {
  readonly #open
  readonly #tracked
  readonly #get
  readonly #ofCommand
  readonly #recent
  readonly #recentCommands
  readonly #insert
  readonly #setCommand
  readonly #update
  readonly #due
  readonly #clamp
  readonly #shift
  readonly #latestId
  readonly #prune

  constructor(db: Database) {
    // Asked with every request of a thermostat or every step of a change. With an ORDER BY, SQLite
    // would compile them anew each time they are bound, so what they give is ordered here.
    this.#open = db.prepare<[string], Row>(
      `SELECT * FROM changes WHERE serial = ? AND settled = 0 AND state IN ('queued', 'sent')`,
    )
    this.#tracked = db.prepare<[string], Row>(
      'SELECT * FROM changes WHERE serial = ? AND settled = 0',
    )
    this.#get = db.prepare<[number], Row>('SELECT * FROM changes WHERE id = ?')
    this.#ofCommand = db.prepare<[number], Row>('SELECT * FROM changes WHERE command_id = ?')
    this.#recent = db.prepare<[{ serial: string | null; limit: number }], Row>(
      `SELECT * FROM changes WHERE @serial IS NULL OR serial = @serial
       ORDER BY id DESC LIMIT @limit`,
    )
    this.#recentCommands = db.prepare<[{ serial: string | null; limit: number }], Row>(
      `SELECT * FROM changes WHERE command_id IN (
         SELECT DISTINCT command_id FROM changes WHERE @serial IS NULL OR serial = @serial
         ORDER BY command_id DESC LIMIT @limit)
       ORDER BY command_id DESC, id`,
    )
    this.#insert = db.prepare(
      `INSERT INTO changes (command_id, serial, command, object_key, fields, kind, state, sends,
         created_at_ms, expires_at_steady_ms)
       VALUES (@commandId, @serial, @command, @objectKey, @fields, @kind, 'queued', 0,
         @createdAtMs, @expiresAtSteadyMs)`,
    )
    this.#setCommand = db.prepare('UPDATE changes SET command_id = id WHERE id = ?')
    this.#update = db.prepare(
      `UPDATE changes SET fields = @fields, state = @state, sends = @sends,
         push_revision = @pushRevision, push_timestamp = @pushTimestamp,
         push_stamped_at_ms = @pushStampedAtMs, since_revision = @sinceRevision,
         since_timestamp = @sinceTimestamp, sent_at_ms = @sentAtMs,
         sent_at_steady_ms = @sentAtSteadyMs, ended_at_ms = @endedAtMs, reason = @reason,
         settled = @settled
       WHERE id = @id`,
    )
    this.#due = db.prepare<[number], Row>(
      `SELECT * FROM changes
       WHERE settled = 0 AND state IN ('queued', 'sent') AND expires_at_steady_ms <= ? ORDER BY id`,
    )
    this.#clamp = db.prepare(
      `UPDATE changes SET expires_at_steady_ms = @latest
       WHERE settled = 0 AND kind = @kind AND expires_at_steady_ms > @latest`,
    )
    this.#shift = db.prepare(
      `UPDATE changes SET expires_at_steady_ms = expires_at_steady_ms + @ms,
         sent_at_steady_ms = sent_at_steady_ms + @ms
       WHERE settled = 0`,
    )
    this.#latestId = db.prepare<[], number>('SELECT coalesce(max(id), 0) FROM changes').pluck()
    this.#prune = db.prepare(
      `DELETE FROM changes
       WHERE ended_at_ms IS NOT NULL AND (ended_at_ms < @endedBeforeMs OR id <= (
           SELECT id FROM changes ORDER BY id DESC LIMIT 1 OFFSET @most))
         AND id <= (SELECT newer.id FROM changes AS newer WHERE newer.serial = changes.serial
           ORDER BY newer.id DESC LIMIT 1 OFFSET @least)`,
    )
  }

  /** The changes still on their way to a thermostat, oldest first. */
  open(serial: string): Change[] {
    return this.#open.all(serial).sort(byId).map(toChange)
  }

  /** Those, and the ones that ended under way, of which the device may still show that it has them. */
  tracked(serial: string): Change[] {
    return this.#tracked.all(serial).sort(byId).map(toChange)
  }

  get(id: number): Change | undefined {
    const row = this.#get.get(id)
    return row === undefined ? undefined : toChange(row)
  }

  ofCommand(commandId: number): Change[] {
    return this.#ofCommand.all(commandId).sort(byId).map(toChange)
  }

  /** Newest first, of one thermostat or of all. */
  recent(serial: string | undefined, limit: number): Change[] {
    return this.#recent.all({ serial: serial ?? null, limit }).map(toChange)
  }

  /** The changes of each of the last commands, newest first, of one thermostat or of all. */
  recentCommands(serial: string | undefined, limit: number): [Change, ...Change[]][] {
    const commands: [Change, ...Change[]][] = []
    const rows = this.#recentCommands.all({ serial: serial ?? null, limit })
    for (const change of rows.map(toChange)) {
      const latest = commands.at(-1)
      if (latest?.[0].commandId === change.commandId) latest.push(change)
      else commands.push([change])
    }
    return commands
  }

  /**
   * Puts a change on file as queued.
   *
   * @param commandId - of the first change of the same command; undefined for the first
   */
  insert(
    change: Pick<
      Change,
      'serial' | 'command' | 'objectKey' | 'fields' | 'kind' | 'createdAtMs' | 'expiresAtSteadyMs'
    >,
    commandId: number | undefined,
  ): Change {
    const { lastInsertRowid } = this.#insert.run({
      commandId: commandId ?? 0,
      serial: change.serial,
      command: change.command,
      objectKey: change.objectKey,
      fields: JSON.stringify(change.fields),
      kind: change.kind,
      createdAtMs: Math.floor(change.createdAtMs),
      expiresAtSteadyMs: whole(change.expiresAtSteadyMs),
    })
    const id = Number(lastInsertRowid)
    if (commandId === undefined) this.#setCommand.run(id)
    return {
      ...change,
      id,
      commandId: commandId ?? id,
      state: 'queued',
      sends: 0,
      push: null,
      sentAt: null,
      endedAtMs: null,
      reason: null,
      settled: false,
    }
  }

  update(change: Change): void {
    this.#update.run({
      id: change.id,
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

  /** Open changes of any thermostat whose time is over (`D4`). */
  expired(steadyMs: number): Change[] {
    return this.#due.all(Math.floor(steadyMs)).map(toChange)
  }

  /** No open change of a kind expires later than this: its time was told by a clock that was wrong. */
  clampExpiry(kind: ChangeKind, latestSteadyMs: number): void {
    this.#clamp.run({ kind, latest: Math.floor(latestSteadyMs) })
  }

  /** What is told on the steady clock is so much later: that is another one now. */
  shift(ms: number): void {
    this.#shift.run({ ms })
  }

  /** Of the change that was put on file last; ids only grow. */
  latestId(): number {
    return this.#latestId.get() ?? 0
  }

  /**
   * Forgets changes that ended before this instant, and the oldest of more than there is room for: also
   * those of which the device never showed what it made of them. The last ones of each thermostat stay,
   * whatever the clock says, and so does what is open.
   */
  prune(endedBeforeMs: number, { least, most }: { least: number; most: number }): number {
    return this.#prune.run({ endedBeforeMs: Math.floor(endedBeforeMs), least, most }).changes
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
