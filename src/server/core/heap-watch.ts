import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type HeapLoad, type HeapUse, heapLoad } from '../../protocol/heap-load.ts'
import type { Clock, Timer } from './clock.ts'
import type { Logger } from './logger.ts'

const LOOK_EVERY_MS = 100
/** While memory is short, it is looked at without a request, so that the end of it is noticed. */
const LOOK_AGAIN_MS = 500
/** A collection of garbage may take this share of the time. */
const COLLECTING_SHARE = 0.05

/** The memory that is watched; tests bring their own. */
export interface Heap {
  use(): HeapUse
  /** Collects garbage now, all of it. */
  collect(): void
}

/**
 * Watches the memory of the process, so that a server that strangers fill refuses requests instead of ending.
 * Used memory is also garbage that V8 has not collected yet: it is collected before the log says that memory is
 * short.
 */
export class HeapWatch {
  readonly #heap: Heap
  readonly #clock: Clock
  readonly #log: Logger
  readonly #shorts = new Set<() => void>()
  #load: HeapLoad = 'plenty'
  #lookedAtMs = Number.NEGATIVE_INFINITY
  #collectAtMs = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined
  /** The log says that memory is short. */
  #isKnown = false
  #isStopped = false

  constructor(clock: Clock, log: Logger, heap: Heap = processHeap()) {
    this.#clock = clock
    this.#log = log
    this.#heap = heap
  }

  get limitBytes(): number {
    return this.#heap.use().limitBytes
  }

  /** Looked at ten times a second at most. */
  get load(): HeapLoad {
    const { steadyMs } = this.#clock.now()
    if (steadyMs - this.#lookedAtMs >= LOOK_EVERY_MS) this.#look()
    return this.#load
  }

  /** Calls `free` twice a second while memory is short. */
  whileShort(free: () => void): void {
    this.#shorts.add(free)
  }

  stop(): void {
    this.#isStopped = true
    this.#clock.clearTimer(this.#timer)
  }

  #look(): void {
    const before = this.#load
    const { steadyMs } = this.#clock.now()
    this.#lookedAtMs = steadyMs
    let use = this.#heap.use()
    let load = heapLoad(use, before)
    const mayCollect = load !== 'plenty' && steadyMs >= this.#collectAtMs
    if (mayCollect) {
      this.#heap.collect()
      const endedMs = this.#clock.now().steadyMs
      this.#collectAtMs = endedMs + Math.max(LOOK_AGAIN_MS, (endedMs - steadyMs) / COLLECTING_SHARE)
      use = this.#heap.use()
      load = heapLoad(use, before)
    }
    this.#load = load
    if (load !== 'plenty' && this.#timer === undefined && !this.#isStopped) this.#arm()
    const isShort = load !== 'plenty'
    // Between two collections it may be garbage, which is no news.
    if (isShort === this.#isKnown || (isShort && !mayCollect)) return
    this.#isKnown = isShort
    const sizes = { used_mb: inMb(use.usedBytes), limit_mb: inMb(use.limitBytes) }
    if (isShort) {
      this.#log.warn('memory is short: large requests, or all of them, are refused', sizes, {
        about: 'memory',
      })
    } else this.#log.info('there is memory again', sizes)
  }

  #arm(): void {
    this.#timer = this.#clock.setTimer(LOOK_AGAIN_MS, () => {
      this.#timer = undefined
      for (const free of this.#shorts) free()
      this.#look()
    })
  }
}

function inMb(bytes: number): number {
  return Math.round(bytes / 1_000_000)
}

/**
 * The part of V8's heap that ends the process when it is full. New objects do not count: their space has a
 * size of its own. Buffers are outside of the heap, but are memory of the machine.
 */
export function processHeap(): Heap {
  const limitBytes = oldSpaceLimit(getHeapStatistics().heap_size_limit)
  return {
    use: () => {
      const old = getHeapSpaceStatistics().filter(
        ({ space_name }) => !space_name.startsWith('new_'),
      )
      const usedBytes = old.reduce((sum, { space_used_size }) => sum + space_used_size, 0)
      return { usedBytes: usedBytes + getHeapStatistics().external_memory, limitBytes }
    },
    collect: () => collector()(),
  }
}

/**
 * Gives back the memory that a start took and needs no more: V8 keeps the space for new objects as large as it once
 * was, 10 MB. It takes 50 ms, and V8 compiles again what had run often, so it is for a process that has nothing else
 * to do.
 */
export function shrinkHeap(): void {
  collector()({ type: 'major', flavor: 'last-resort' })
}

let gc: NodeJS.GCFunction | undefined

/** V8's own function, which it hides unless asked. */
function collector(): NodeJS.GCFunction {
  if (gc === undefined) {
    setFlagsFromString('--expose-gc')
    gc = runInNewContext('gc') as NodeJS.GCFunction
  }
  return gc
}

/** The limit that the operator set for this process; else most of what V8 set itself. */
export function oldSpaceLimit(
  heapSizeLimit: number,
  flags: readonly string[] = [...process.execArgv, process.env.NODE_OPTIONS ?? ''],
): number {
  const set = [...flags.join(' ').matchAll(/--max[-_]old[-_]space[-_]size[= ](\d+)/g)].at(-1)?.[1]
  return set === undefined ? heapSizeLimit * 0.9 : Number(set) * 1024 * 1024
}
