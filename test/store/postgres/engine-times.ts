import type { EngineTime } from '../../../src/store/postgres/engine-time.ts'

/** Time that passes whenever somebody waits. */
export function quickTime(): EngineTime {
  let nowMs = 0
  return {
    steadyMs: () => nowMs,
    wait: async (ms) => {
      nowMs += ms
    },
    atTurnEnd: setImmediate,
  }
}

/** Time in which no pause ends by itself. */
export function endlessPauses(): EngineTime {
  return {
    steadyMs: () => 0,
    wait: (_ms, signal) =>
      new Promise((ended) => {
        if (signal?.aborted === true) ended()
        else signal?.addEventListener('abort', () => ended())
      }),
    atTurnEnd: setImmediate,
  }
}
