import type { BucketVersion, JsonObject } from '../../protocol/bucket.ts'
import type { Change, ChangeKind, ChangeState } from '../../protocol/delivery/change.ts'
import type { DeviceRecord, StoredBucket } from '../../protocol/thermostat/state.ts'
import type { ThermostatSummary } from '../store.ts'
import { storedJson } from './sqlite-errors.ts'

/** Rows as SQLite has them, and what they are outside. Times in a row are whole numbers. */

export interface DeviceRow extends DeviceRecord {
  readonly serial: string
  readonly userId: string | null
  readonly ownedSinceMs: number | null
}

export function toSummary({
  serial,
  userId,
  ownedSinceMs,
  ...device
}: DeviceRow): ThermostatSummary {
  return {
    serial,
    device,
    owner: userId === null ? undefined : { userId, createdAtMs: ownedSinceMs ?? 0 },
  }
}

export interface BucketRow extends BucketVersion {
  readonly objectKey: string
  readonly value: string
}

/** Its value is parsed when it is first read: most requests read one bucket of ten. */
export function toBucket({ objectKey, revision, timestamp, value: json }: BucketRow): StoredBucket {
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

export interface ChangeRow {
  readonly id: number
  readonly command_id: number
  readonly serial: string
  readonly command: string
  readonly object_key: string
  readonly fields: string
  readonly kind: ChangeKind
  readonly state: ChangeState
  readonly sends: number
  readonly push_revision: number | null
  readonly push_timestamp: number | null
  readonly push_stamped_at_ms: number | null
  readonly since_revision: number | null
  readonly since_timestamp: number | null
  readonly created_at_ms: number
  readonly expires_at_steady_ms: number | null
  readonly sent_at_ms: number | null
  readonly sent_at_steady_ms: number | null
  readonly ended_at_ms: number | null
  readonly reason: string | null
  readonly settled: number
}

export function toChange(row: ChangeRow): Change {
  const { push_revision: revision, push_timestamp: timestamp, since_revision: sinceRevision } = row
  const since =
    sinceRevision === null || row.since_timestamp === null
      ? null
      : { revision: sinceRevision, timestamp: row.since_timestamp }
  const stampedAtMs = row.push_stamped_at_ms ?? row.created_at_ms
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
      revision === null || timestamp === null ? null : { revision, timestamp, stampedAtMs, since },
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

export function fromChange({ push, sentAt, ...change }: Change): ChangeRow {
  return {
    id: change.id,
    command_id: change.commandId,
    serial: change.serial,
    command: change.command,
    object_key: change.objectKey,
    fields: JSON.stringify(change.fields),
    kind: change.kind,
    state: change.state,
    sends: change.sends,
    push_revision: push?.revision ?? null,
    push_timestamp: push?.timestamp ?? null,
    push_stamped_at_ms: whole(push?.stampedAtMs ?? null),
    since_revision: push?.since?.revision ?? null,
    since_timestamp: push?.since?.timestamp ?? null,
    created_at_ms: Math.floor(change.createdAtMs),
    expires_at_steady_ms: whole(change.expiresAtSteadyMs),
    sent_at_ms: whole(sentAt?.wallMs ?? null),
    sent_at_steady_ms: whole(sentAt?.steadyMs ?? null),
    ended_at_ms: whole(change.endedAtMs),
    reason: change.reason,
    settled: change.settled ? 1 : 0,
  }
}

function whole(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms)
}
