import type { JsonObject } from '../bucket.ts'
import type { Now } from '../now.ts'
import { type Change, type ChangeState, isOpenChange } from './change.ts'

/** One change per bucket that a command sets; at least one. */
export type CommandParts = readonly [Change, ...Change[]]

/** The state of one part decides for the whole command: an open one first, then the worst end. */
const DECIDING_FIRST: readonly ChangeState[] = [
  'queued',
  'sent',
  'ignored',
  'expired',
  'superseded',
  'confirmed',
]

/** The state of a whole command (`D1`). */
export function commandState(parts: CommandParts): ChangeState {
  const states = new Set(parts.map(({ state }) => state))
  return DECIDING_FIRST.find((state) => states.has(state)) ?? 'confirmed'
}

/** A command in `/api/changes` and in the event `change`. All times are ISO. */
export function changeReport(parts: CommandParts, now: Now): JsonObject {
  const [first] = parts
  const state = commandState(parts)
  const open = parts.some(isOpenChange)
  const endedAtMs = Math.max(...parts.map((part) => part.endedAtMs ?? 0))
  return {
    id: first.commandId,
    serial: first.serial,
    command: first.command,
    state,
    created_at: iso(first.createdAtMs),
    ended_at: iso(open || endedAtMs === 0 ? null : endedAtMs),
    reason: parts.find((part) => part.state === state && part.reason !== null)?.reason ?? null,
    parts: parts.map((part) => partReport(part, now)),
  }
}

function partReport(part: Change, now: Now): JsonObject {
  const { expiresAtSteadyMs, sentAt } = part
  return {
    object_key: part.objectKey,
    fields: part.fields,
    state: part.state,
    sends: part.sends,
    sent_at: iso(sentAt?.wallMs ?? null),
    // It elapses on the steady clock; people read the wall clock.
    expires_at:
      expiresAtSteadyMs === null || !isOpenChange(part)
        ? null
        : iso(now.wallMs + expiresAtSteadyMs - now.steadyMs),
    ended_at: iso(part.endedAtMs),
    reason: part.reason,
  }
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
