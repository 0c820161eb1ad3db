import type { JsonObject } from '../../protocol/bucket.ts'
import type { Change } from '../../protocol/delivery/change.ts'
import type { EntryKey } from '../../protocol/pairing/entry-key.ts'
import type { KnownPassword } from '../../protocol/pairing/password.ts'
import type { DeviceRecord, ThermostatState } from '../../protocol/thermostat/state.ts'
import type { ThermostatSummary } from '../store.ts'

// Rows of PostgreSQL, and their conversion. Times in a row are whole numbers.

/** The columns of a thermostat, as `THERMOSTAT` selects them. */
export interface ThermostatRow {
  readonly serial: string
  readonly lastSeenAtMs: number
  readonly userId: string | null
  readonly ownedAtMs: number | null
  readonly record: string
}

export const THERMOSTAT = `serial, last_seen_at_ms AS "lastSeenAtMs", user_id AS "userId",
  owned_at_ms AS "ownedAtMs", record`

export function summaryOf({
  serial,
  lastSeenAtMs,
  userId,
  ownedAtMs,
  record,
}: ThermostatRow): ThermostatSummary {
  return {
    serial,
    device: { ...(JSON.parse(record) as DeviceRecord), lastSeenAtMs },
    owner: userId === null ? undefined : { userId, createdAtMs: ownedAtMs ?? 0 },
  }
}

/** What of a thermostat is in its row. */
export function thermostatRow(state: ThermostatState & { readonly device: DeviceRecord }) {
  const { serial, device, owner, password } = state
  const { lastSeenAtMs, ...record } = device
  return {
    serial,
    lastSeenAtMs: Math.floor(lastSeenAtMs),
    userId: owner?.userId ?? null,
    ownedAtMs: whole(owner?.createdAtMs ?? null),
    record: JSON.stringify({
      ...record,
      firstSeenAtMs: Math.floor(record.firstSeenAtMs),
    }),
    password: password === undefined ? null : JSON.stringify(password),
  }
}

export function passwordOf(text: string | null): KnownPassword | undefined {
  return text === null ? undefined : (JSON.parse(text) as KnownPassword)
}

export interface KeyRow {
  readonly code: string
  readonly serial: string
  readonly expiresAtSteadyMs: number
  readonly claimedAtMs: number | null
  /** The rest, JSON. */
  readonly record: string
}

export const ENTRY_KEY = `code, serial, expires_at_steady_ms AS "expiresAtSteadyMs",
  claimed_at_ms AS "claimedAtMs", record`

export function keyOf({ record, ...row }: KeyRow): EntryKey {
  return { ...(JSON.parse(record) as EntryKey), ...row }
}

export function keyRow(key: EntryKey): KeyRow {
  const { code, serial, expiresAtSteadyMs, claimedAtMs, ...rest } = key
  return {
    code,
    serial,
    expiresAtSteadyMs: Math.floor(expiresAtSteadyMs),
    claimedAtMs: whole(claimedAtMs),
    record: JSON.stringify({ ...rest, createdAtMs: Math.floor(rest.createdAtMs) }),
  }
}

export interface ChangeRecord
  extends Pick<
    Change,
    'id' | 'commandId' | 'serial' | 'kind' | 'state' | 'settled' | 'expiresAtSteadyMs' | 'endedAtMs'
  > {
  readonly fields: string
  /** The rest, JSON. */
  readonly record: string
}

export const CHANGE = `id, command_id AS "commandId", serial, kind, state, settled,
  expires_at_steady_ms AS "expiresAtSteadyMs", ended_at_ms AS "endedAtMs", fields, record`

export function changeOf({ fields, record, ...row }: ChangeRecord): Change {
  const rest = JSON.parse(record) as Pick<
    Change,
    'command' | 'objectKey' | 'sends' | 'push' | 'createdAtMs' | 'sentAt' | 'reason'
  >
  return { ...row, ...rest, fields: JSON.parse(fields) as JsonObject }
}

export function changeRow(change: Change): ChangeRecord {
  const { id, commandId, serial, kind, state, settled, expiresAtSteadyMs, endedAtMs } = change
  const { command, objectKey, sends, push, createdAtMs, sentAt, reason } = change
  const rest = {
    command,
    objectKey,
    sends,
    push: push === null ? null : { ...push, stampedAtMs: Math.floor(push.stampedAtMs) },
    createdAtMs: Math.floor(createdAtMs),
    sentAt:
      sentAt === null
        ? null
        : { wallMs: Math.floor(sentAt.wallMs), steadyMs: Math.floor(sentAt.steadyMs) },
    reason,
  }
  return {
    id,
    commandId,
    serial,
    kind,
    state,
    settled,
    expiresAtSteadyMs: whole(expiresAtSteadyMs),
    endedAtMs: whole(endedAtMs),
    fields: JSON.stringify(change.fields),
    record: JSON.stringify(rest),
  }
}

function whole(ms: number | null): number | null {
  return ms === null ? null : Math.floor(ms)
}
