import type { JsonObject } from '../bucket.ts'
import type { Now } from '../now.ts'
import { type Change, type ChangeState, type EndState, isOpenChange } from './change.ts'

/** How bad an end is, worst first: a command is only as well off as its worst part. */
const WORST_FIRST: readonly EndState[] = ['ignored', 'expired', 'superseded', 'confirmed']

/** One change per bucket that a command sets; at least one. */
export type CommandParts = readonly [Change, ...Change[]]

/**
 * Where a whole command is (`D1`): queued until all of it has left, sent until all of it has ended,
 * then the worst of what became of its parts.
 */
export function commandState(parts: CommandParts): ChangeState {
  const states = new Set(parts.map(({ state }) => state))
  if (states.has('queued')) return 'queued'
  if (states.has('sent')) return 'sent'
  return WORST_FIRST.find((state) => states.has(state)) ?? 'confirmed'
}

/** What `/api/changes` and the event `change` tell of a command. All times are ISO. */
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
    ended_at: open || endedAtMs === 0 ? null : iso(endedAtMs),
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
    sent_at: sentAt === null ? null : iso(sentAt.wallMs),
    // It elapses on the steady clock; people read the wall's.
    expires_at:
      expiresAtSteadyMs === null || !isOpenChange(part)
        ? null
        : iso(now.wallMs + expiresAtSteadyMs - now.steadyMs),
    ended_at: part.endedAtMs === null ? null : iso(part.endedAtMs),
    reason: part.reason,
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
