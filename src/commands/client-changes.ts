import type { JsonObject } from '../protocol/bucket.ts'
import { objects, text } from './client-json.ts'
import type { ChangeReport } from './client-types.ts'

/** A command as `/api/changes` and the event `change` tell of it. */
export function readChange(body: JsonObject): ChangeReport {
  const { id, serial, command, state, created_at, ended_at, reason } = body
  const expiries = objects(body.parts).map(({ expires_at }) => Date.parse(text(expires_at)))
  const expiresAtMs = Math.min(...expiries.filter((ms) => !Number.isNaN(ms)))
  return {
    id: Number(id),
    serial: text(serial),
    command: text(command),
    state: text(state),
    createdAtMs: Date.parse(text(created_at)),
    endedAtMs: typeof ended_at === 'string' ? Date.parse(ended_at) : undefined,
    expiresAtMs: Number.isFinite(expiresAtMs) ? expiresAtMs : undefined,
    reason: typeof reason === 'string' ? reason : undefined,
    fields: Object.assign({}, ...objects(body.parts).map(({ fields }) => fields)),
    answer: body,
  }
}
