import { count } from '../protocol/bucket.ts'
import type { Now } from '../protocol/now.ts'
import { type EntryKey, normalizeCode } from '../protocol/pairing/entry-key.ts'
import type { SourceEntryKey } from './source.ts'
import type { Tally } from './source-rows.ts'

/**
 * The codes to import, by serial: the open one, because a person may be about to type it, and the one
 * claimed last, which the thermostat may ask about (`P7`).
 */
export function importedKeys(
  rowsBySerial: ReadonlyMap<string, readonly SourceEntryKey[]>,
  codesOnFile: Iterable<string>,
  tally: Tally,
  now: Now,
): Map<string, EntryKey[]> {
  const kept = new Map<string, EntryKey[]>()
  const taken = new Set(codesOnFile)
  for (const [serial, rows] of rowsBySerial) {
    const keys = rows.flatMap((row): EntryKey[] => {
      const key = toKey(row, serial, now)
      if (key === undefined) tally.leave('entryKeys', 'not a code of 7 letters and digits')
      else if (taken.has(key.code)) {
        tally.leave('entryKeys', 'nle has a key with this code already')
      } else {
        taken.add(key.code)
        return [key]
      }
      return []
    })
    const claimed = keys
      .filter(({ claimedAtMs }) => claimedAtMs !== null)
      .sort((a, b) => (b.claimedAtMs ?? 0) - (a.claimedAtMs ?? 0))
    const unclaimed = keys
      .filter(({ claimedAtMs }) => claimedAtMs === null)
      .sort((a, b) => b.expiresAtSteadyMs - a.expiresAtSteadyMs)
    const open = unclaimed.filter((key) => key.expiresAtSteadyMs > now.steadyMs)
    const keep = [...claimed.slice(0, 1), ...open.slice(0, 1)]
    leaveSome(tally, 'used, and replaced by a later one', claimed.length - 1)
    leaveSome(tally, 'a newer code of the same thermostat is open', open.length - 1)
    leaveSome(tally, 'expired', unclaimed.length - open.length)
    if (keep.length > 0) kept.set(serial, keep)
  }
  return kept
}

function leaveSome(tally: Tally, reason: string, rows: number): void {
  if (rows > 0) tally.leave('entryKeys', reason, rows)
}

function toKey(row: SourceEntryKey, serial: string, now: Now): EntryKey | undefined {
  const code = typeof row.code === 'string' ? normalizeCode(row.code) : undefined
  if (code === undefined) return undefined
  const createdAtMs = count(row.createdAt)
  // The column's type changed over time; a number there is a user id of digits.
  const claimedBy =
    row.claimedBy === null || row.claimedBy === '' ? null : String(row.claimedBy).slice(0, 64)
  return {
    code,
    serial,
    createdAtMs,
    expiresAtSteadyMs: now.steadyMs + (count(row.expiresAt) - now.wallMs),
    asker: null,
    claimedBy,
    claimedAtMs: claimedBy === null ? null : count(row.claimedAt) || createdAtMs,
  }
}
