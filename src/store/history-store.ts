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

/** A chunk, and whose it is. */
export interface OwnChunk extends Chunk {
  readonly serial: string
}

/**
 * The port that keeps what thermostats did. It is apart from the store of their states, and expendable: nothing
 * but history depends on it. Every method rejects when it cannot be used.
 *
 * What is old is deleted row by row, or by dropping the months of all thermostats (`SharedHistory`): the optional
 * methods are of the former.
 */
export interface HistoryStore {
  /** Writes chunks in one transaction, each in the place of the one that began at the same time in this process. */
  append(chunks: readonly OwnChunk[]): Promise<void>
  /** Chunks that begin in a time, oldest first. Those that were summed up may still be among them. */
  chunks(serial: string, time: Slot): Promise<Chunk[]>
  /** Summaries that begin in a time, oldest first, at most `limit`. */
  summaries(serial: string, time: Slot, limit: number): Promise<Summary[]>
  /** Of chunks that were summed up only those that can be deleted. */
  ages(serial: string): Promise<Ages>
  /** Puts summaries in the place of those that begin at the same times, and of the chunks that end with them. */
  summarize(serial: string, summaries: readonly Summary[]): Promise<void>
  /** Deletes chunks that end by an instant. */
  deleteChunks?(serial: string, untilMs: number): Promise<void>
  /** Deletes summaries that begin before an instant. */
  deleteSummaries?(serial: string, beforeMs: number): Promise<void>
  /** Deletes everything of a thermostat; left out where that happens with its removal. */
  forget?(serial: string): Promise<void>
  /** The thermostats of which something is kept, in order; only those after this one, at most `limit`. */
  serials(after: string, limit: number): Promise<string[]>
  close(): void
}

/**
 * The history of all processes on a database, in a table for each month (UTC). A thermostat that is deleted loses its
 * history in the same transaction. Nothing is written of a time before the thermostat was met.
 */
export interface SharedHistory extends HistoryStore {
  /** Makes the tables of this month and the next ones. */
  prepareMonths(nowMs: number): Promise<void>
  /** Drops the tables of months that ended before an instant. */
  dropMonths(chunksBeforeMs: number, summariesBeforeMs: number): Promise<void>
  /** Deletes the rows of deleted thermostats, which no query finds any more. */
  deleteLeft(): Promise<void>
}
