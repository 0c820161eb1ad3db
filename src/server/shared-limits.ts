import type { Config } from '../config.ts'
import type { NleError } from '../errors.ts'
import type { Clock } from './core/clock.ts'
import { HeapWatch, processHeap } from './core/heap-watch.ts'
import type { Logger } from './core/logger.ts'
import { RateLimit } from './core/rate-limit.ts'
import { LARGE_BODY_RATE } from './http/body.ts'
import { FairTurns } from './http/fair-turns.ts'
import type { ListenerOptions } from './http/listener.ts'
import { MemoryRoom, roomFor } from './http/memory-room.ts'
import { Offenders } from './http/offenders.ts'
import { Remotes } from './http/remotes.ts'
import { requestRecord } from './http/request-record.ts'
import { limitKeys } from './lan/own-networks.ts'

/** What all listeners of a server share, because they share its memory, its event loop and its callers. */
export interface SharedLimits
  extends Pick<ListenerOptions, 'log' | 'record' | 'explained' | 'offenders'> {
  readonly heap: HeapWatch
  readonly room: MemoryRoom
  readonly largeBodies: RateLimit
  readonly turns: FairTurns
  readonly remotes: Remotes
}

/** @param explained - see `ListenerOptions` */
export function sharedLimits(
  config: Config,
  clock: Clock,
  log: Logger,
  explained: (error: unknown) => NleError | undefined,
): SharedLimits {
  const heap = new HeapWatch(clock, log, processHeap())
  return {
    log,
    heap,
    room: new MemoryRoom(roomFor(heap.limitBytes), () => heap.load),
    largeBodies: new RateLimit(clock, LARGE_BODY_RATE),
    turns: new FairTurns(),
    offenders: new Offenders(clock),
    record: config.debugLogging ? requestRecord(config.debugLogsDir, clock, log) : undefined,
    remotes: new Remotes(config.trustedProxies, limitKeys(clock)),
    explained,
  }
}
