import { performance } from 'node:perf_hooks'
import type { Clock, Timer } from './clock.ts'

/** Busy for a smaller share of a span, a process has next to nothing to do. */
const IDLE_SHARE = 0.1

/**
 * Does some work once, after a span in which this process had next to nothing to do.
 *
 * @param busyShare - the share of the time since it was last asked, or since now, that the event loop was busy
 * @returns the function that gives the work up
 */
export function whenIdle(
  clock: Pick<Clock, 'setTimer' | 'clearTimer'>,
  spanMs: number,
  work: () => void,
  busyShare: () => number = shareOfEventLoop(),
): () => void {
  let timer: Timer
  const wait = (): void => {
    timer = clock.setTimer(spanMs, () => {
      if (busyShare() < IDLE_SHARE) work()
      else wait()
    })
  }
  wait()
  return () => clock.clearTimer(timer)
}

function shareOfEventLoop(): () => number {
  let before = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    return utilization
  }
}
