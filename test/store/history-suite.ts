import type { Test } from 'tap'
import { DAY_MS, HOUR_MS } from '../../src/protocol/history/calendar.ts'
import type { HistoryStore, OwnChunk, Summary } from '../../src/store/history-store.ts'
import { NOW_MS, OTHER, SERIAL } from './store-suite.ts'

/** The tests of everything that keeps a history. `open` gives one in which both thermostats can have some. */
export interface HistoryEngine {
  open(t: Test): Promise<HistoryStore>
}

const ALL = { fromMs: 0, toMs: NOW_MS * 2 }

export function chunk(serial: string, fromMs: number, bytes: readonly number[] = [1]): OwnChunk {
  return { serial, fromMs, untilMs: fromMs + HOUR_MS, readings: Uint8Array.from(bytes) }
}

export function summary(fromMs: number, byte: number, slotMs = HOUR_MS): Summary {
  return { fromMs, toMs: fromMs + DAY_MS, slotMs, totals: Uint8Array.of(byte) }
}

export function historySuite(t: Test, engine: HistoryEngine): void {
  t.test('chunks come back as they were, oldest first, each of its thermostat', async (t) => {
    const history = await engine.open(t)
    const [first, second] = [chunk(SERIAL, NOW_MS, [0, 255, 10]), chunk(SERIAL, NOW_MS + HOUR_MS)]
    await history.append([second, chunk(OTHER, NOW_MS, [7]), first])
    t.strictSame(await plain(history), [
      [NOW_MS, NOW_MS + HOUR_MS, [0, 255, 10]],
      [NOW_MS + HOUR_MS, NOW_MS + 2 * HOUR_MS, [1]],
    ])
    t.strictSame(
      (await history.chunks(SERIAL, { fromMs: NOW_MS + 1, toMs: NOW_MS + HOUR_MS })).length,
      0,
      'a time has those that begin in it, its end not included',
    )
    t.strictSame(await history.chunks('02AA01AC99999999', ALL), [])
  })

  t.test('a chunk that has grown takes the place of what was written of it', async (t) => {
    const history = await engine.open(t)
    await history.append([{ ...chunk(SERIAL, NOW_MS, [1]), untilMs: NOW_MS + 5 }])
    await history.append([{ ...chunk(SERIAL, NOW_MS, [1, 2]), untilMs: NOW_MS + 9 }])
    t.strictSame(await plain(history), [[NOW_MS, NOW_MS + 9, [1, 2]]])
  })

  t.test('a sum of days takes the place of one of hours', async (t) => {
    const history = await engine.open(t)
    for (const [n, byte] of [3, 4, 5].entries()) {
      await history.summarize(SERIAL, [summary(NOW_MS + (n - 1) * DAY_MS, byte)])
    }
    await history.summarize(SERIAL, [summary(NOW_MS, 9, DAY_MS)])
    const found = await history.summaries(SERIAL, ALL, 9)
    t.strictSame(
      found.map(({ fromMs, toMs, slotMs, totals }) => [fromMs, toMs, slotMs, ...totals]),
      [
        [NOW_MS - DAY_MS, NOW_MS, HOUR_MS, 3],
        [NOW_MS, NOW_MS + DAY_MS, DAY_MS, 9],
        [NOW_MS + DAY_MS, NOW_MS + 2 * DAY_MS, HOUR_MS, 5],
      ],
    )
    t.equal((await history.summaries(SERIAL, ALL, 2)).length, 2)
    t.strictSame(await history.summaries(OTHER, ALL, 9), [])
  })

  t.test('what has to be done with old data follows from the ages', async (t) => {
    const history = await engine.open(t)
    t.match(await history.ages(SERIAL), { chunkUntilMs: undefined, summedUntilMs: undefined })
    await history.append([chunk(SERIAL, NOW_MS), chunk(SERIAL, NOW_MS + DAY_MS)])
    t.match(await history.ages(SERIAL), { chunkUntilMs: NOW_MS + HOUR_MS })
    await history.summarize(SERIAL, [summary(NOW_MS, 1)])
    t.match(await history.ages(SERIAL), {
      chunkUntilMs: NOW_MS + DAY_MS + HOUR_MS,
      summedUntilMs: NOW_MS + DAY_MS,
      hoursFromMs: NOW_MS,
    })
    await history.summarize(SERIAL, [summary(NOW_MS, 1, DAY_MS)])
    t.match(await history.ages(SERIAL), { hoursFromMs: undefined })
    t.match(await history.ages(OTHER), { chunkUntilMs: undefined, hoursFromMs: undefined })
  })

  t.test('thermostats with a history are listed in order', async (t) => {
    const history = await engine.open(t)
    t.strictSame(await history.serials('', 9), [])
    await history.append([chunk(OTHER, NOW_MS), chunk(SERIAL, NOW_MS)])
    t.strictSame(await history.serials('', 9), [SERIAL, OTHER])
    t.strictSame(await history.serials('', 1), [SERIAL])
    t.strictSame(await history.serials(SERIAL, 9), [OTHER])
  })
}

/** The chunks of the first thermostat. */
async function plain(history: HistoryStore): Promise<unknown[]> {
  const chunks = await history.chunks(SERIAL, ALL)
  return chunks.map(({ fromMs, untilMs, readings }) => [fromMs, untilMs, [...readings]])
}
