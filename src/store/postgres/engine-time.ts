/** Time, for whoever waits for a database that is away. */
export interface EngineTime {
  /** Ms on a clock that only runs forward. */
  steadyMs(): number
  /** Resolves after this time, or earlier when the signal is aborted. */
  wait(ms: number, signal?: AbortSignal): Promise<void>
  /** Does this once the event loop has served what is there already. */
  atTurnEnd(work: () => void): void
}
