import type { HistoryStore, OwnChunk } from './history-store.ts'

/** Thermostats, summaries and chunks that are read at once. */
const AT_ONCE = 200
/** Chunks are read by this time, so that years of them do not have to be in memory. */
const READ_MS = 30 * 86_400_000
/** No chunk is longer. */
const MAX_CHUNK_MS = 7_200_000

/**
 * Copies the history of all thermostats into an empty one, in which they are on file.
 *
 * @param nowMs - wall clock; what is later was recorded by a clock that was wrong
 * @returns whether there was any
 */
export async function copyHistory(
  from: HistoryStore,
  to: HistoryStore,
  nowMs: number,
): Promise<boolean> {
  let after = ''
  for (;;) {
    const serials = await from.serials(after, AT_ONCE)
    for (const serial of serials) {
      await copySummaries(from, to, serial)
      await copyChunks(from, to, serial, nowMs)
    }
    const last = serials.at(-1)
    if (last === undefined) return after !== ''
    after = last
  }
}

async function copySummaries(from: HistoryStore, to: HistoryStore, serial: string): Promise<void> {
  let fromMs = 0
  for (;;) {
    const time = { fromMs, toMs: Number.MAX_SAFE_INTEGER }
    const summaries = await from.summaries(serial, time, AT_ONCE)
    const last = summaries.at(-1)
    if (last === undefined) return
    await to.summarize(serial, summaries)
    fromMs = last.fromMs + 1
  }
}

/** Only those that were not summed up: the others wait to be deleted. */
async function copyChunks(
  from: HistoryStore,
  to: HistoryStore,
  serial: string,
  nowMs: number,
): Promise<void> {
  const { chunkUntilMs, summedUntilMs = 0 } = await from.ages(serial)
  if (chunkUntilMs === undefined) return
  let lastMs = Number.NEGATIVE_INFINITY
  for (let fromMs = chunkUntilMs - MAX_CHUNK_MS; fromMs <= nowMs; fromMs += READ_MS) {
    const chunks: OwnChunk[] = []
    for (const chunk of await from.chunks(serial, { fromMs, toMs: fromMs + READ_MS })) {
      if (chunk.untilMs <= summedUntilMs) continue
      // Two servers may have begun one at the same time; in a file each has a time of its own.
      lastMs = Math.max(chunk.fromMs, lastMs + 1)
      chunks.push({ ...chunk, serial, fromMs: lastMs })
    }
    for (let at = 0; at < chunks.length; at += AT_ONCE) {
      await to.append(chunks.slice(at, at + AT_ONCE))
    }
  }
}
