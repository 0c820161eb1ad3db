import type { Slot } from '../protocol/history/calendar.ts'
import type { Chunk } from '../protocol/history/chunk.ts'
import type { Ages } from '../protocol/history/retention.ts'

/** What one thermostat did for some time, in sums of equal slots. */
export interface Summary extends Slot {
  /** How long each slot is, ms; the last one may be shorter. */
  readonly slotMs: number
  /** Of `encodeTotals`. */
  readonly totals: Uint8Array
}

/**
 * The port that keeps what thermostats did. It is apart from the store of their states, and expendable: nothing
 * but history depends on it. Every method rejects when the file cannot be used; `historyTrouble` tells why.
 */
export interface HistoryStore {
  /** Writes chunks of thermostats in one transaction. */
  append(chunks: readonly (Chunk & { readonly serial: string })[]): Promise<void>
  /** Chunks that begin in a time, oldest first. */
  chunks(serial: string, time: Slot): Promise<Chunk[]>
  /** Summaries that begin in a time, oldest first, at most `limit`. */
  summaries(serial: string, time: Slot, limit: number): Promise<Summary[]>
  ages(serial: string): Promise<Ages>
  /** Puts a summary in the place of the one that begins at the same time, and of the chunks that end with it. */
  summarize(serial: string, summary: Summary): Promise<void>
  /** Deletes chunks that end by an instant. */
  deleteChunks(serial: string, untilMs: number): Promise<void>
  /** Deletes summaries that begin before an instant. */
  deleteSummaries(serial: string, beforeMs: number): Promise<void>
  /** Deletes everything of a thermostat. */
  forget(serial: string): Promise<void>
  /** The thermostats of which something is kept, in order; only those after this one, at most `limit`. */
  serials(after: string, limit: number): Promise<string[]>
  close(): void
}
