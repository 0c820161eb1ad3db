import { type BucketVersion, believable, type JsonObject } from '../../protocol/bucket.ts'
import type { Change } from '../../protocol/delivery/change.ts'
import type { EntryKey } from '../../protocol/pairing/entry-key.ts'
import type { DeviceRecord, GivenName } from '../../protocol/thermostat/state.ts'
import type { ThermostatSummary } from '../store.ts'
import { storedJson } from './sqlite-errors.ts'

// Rows of SQLite, and their conversion. Times in a row are whole numbers.

export interface DeviceRow extends Omit<DeviceRecord, 'awaitedUploads' | 'isPinned' | 'givenName'> {
  /** A JSON list; null for none. */
  readonly awaitedUploads: string | null
  /** Null in an older database. */
  readonly isPinned: number | null
  /** A JSON object; null for none. */
  readonly givenName: string | null
  readonly serial: string
  readonly userId: string | null
  readonly ownedSinceMs: number | null
}

export function toSummary({
  serial,
  userId,
  ownedSinceMs,
  awaitedUploads,
  isPinned,
  givenName,
  ...device
}: DeviceRow): ThermostatSummary {
  return {
    serial,
    device: {
      ...device,
      awaitedUploads: awaitedUploads === null ? [] : storedJson<string[]>(awaitedUploads),
      isPinned: isPinned === 1,
      givenName: givenName === null ? null : storedJson<GivenName>(givenName),
    },
    owner: userId === null ? undefined : { userId, createdAtMs: ownedSinceMs ?? 0 },
  }
}

export function fromDevice(
  serial: string,
  { awaitedUploads, isPinned, givenName, ...device }: DeviceRecord,
) {
  return {
    serial,
    ...device,
    awaitedUploads: awaitedUploads.length === 0 ? null : JSON.stringify(awaitedUploads),
    isPinned: isPinned ? 1 : 0,
    givenName: givenName === null ? null : JSON.stringify(givenName),
  }
}

export interface EntryKeyRow extends Omit<EntryKey, 'asker'> {
  readonly askerSalt: string | null
  readonly askerHash: string | null
}

export function toKey({ askerSalt, askerHash, ...key }: EntryKeyRow): EntryKey {
  const asker =
    askerSalt === null || askerHash === null ? null : { salt: askerSalt, hash: askerHash }
  return { ...key, asker }
}

export function fromKey({ asker, ...key }: EntryKey): EntryKeyRow {
  return {
    ...key,
    createdAtMs: Math.floor(key.createdAtMs),
    expiresAtSteadyMs: Math.floor(key.expiresAtSteadyMs),
    askerSalt: asker?.salt ?? null,
    askerHash: asker?.hash ?? null,
  }
}

export interface ChangeRow extends Omit<Change, 'fields' | 'push' | 'sentAt' | 'settled'> {
  readonly fields: string
  readonly pushRevision: number | null
  readonly pushTimestamp: number | null
  readonly pushStampedAtMs: number | null
  readonly sinceRevision: number | null
  readonly sinceTimestamp: number | null
  readonly sentAtMs: number | null
  readonly sentAtSteadyMs: number | null
  readonly settled: number
}

export function toChange({
  pushRevision,
  pushTimestamp,
  pushStampedAtMs,
  sinceRevision,
  sinceTimestamp,
  sentAtMs,
  sentAtSteadyMs,
  ...row
}: ChangeRow): Change {
  const version = toVersion(pushRevision, pushTimestamp)
  const stampedAtMs = pushStampedAtMs ?? row.createdAtMs
  const since = toVersion(sinceRevision, sinceTimestamp)
  return {
    ...row,
    fields: storedJson<JsonObject>(row.fields),
    push: version === null ? null : { ...version, stampedAtMs, since },
    sentAt:
      sentAtMs === null || sentAtSteadyMs === null
        ? null
        : { wallMs: sentAtMs, steadyMs: sentAtSteadyMs },
    settled: row.settled !== 0,
  }
}

function toVersion(revision: number | null, timestamp: number | null): BucketVersion | null {
  return revision === null || timestamp === null ? null : believable({ revision, timestamp })
}

export function fromChange({ push, sentAt, ...change }: Change): ChangeRow {
  return {
    ...change,
    fields: JSON.stringify(change.fields),
    pushRevision: push?.revision ?? null,
    pushTimestamp: push?.timestamp ?? null,
    pushStampedAtMs: whole(push?.stampedAtMs ?? null),
    sinceRevision: push?.since?.revision ?? null,
    sinceTimestamp: push?.since?.timestamp ?? null,
    createdAtMs: Math.floor(change.createdAtMs),
    expiresAtSteadyMs: whole(change.expiresAtSteadyMs),
    sentAtMs: whole(sentAt?.wallMs ?? null),
    sentAtSteadyMs: whole(sentAt?.steadyMs ?? null),
    endedAtMs: whole(change.endedAtMs),
    settled: change.settled ? 1 : 0,
  }
}

function whole(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms)
}
