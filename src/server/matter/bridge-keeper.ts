import type {
  BridgeReport,
  BridgeStart,
  FromBridge,
  KeptChanges,
  ToBridge,
} from '../../protocol/matter/messages.ts'
import { REPORT_MS } from '../../protocol/matter/messages.ts'
import {
  afterEnd,
  type Failures,
  NO_FAILURES,
  restartDelayMs,
} from '../../protocol/matter/restart-delay.ts'
import type { Clock, Timer } from '../core/clock.ts'
import { CLIENT_MISTAKE_QUIET_MS, type Logger } from '../core/logger.ts'
import type { BridgeProcess, LaunchBridge } from './bridge-process.ts'

/** A process that says nothing for so long hangs; loading takes up to a minute on a small machine. */
const SILENT_MS = 4 * REPORT_MS
/** About 200 MB are usual. */
const MAX_MEMORY_BYTES = 768 * 1024 * 1024
/** How long the bridge may take to leave the network. */
const STOP_MS = 1_500
/** How long it may take to do what was asked. */
const ASK_MS = 10_000

export interface KeeperParts {
  readonly clock: Clock
  readonly log: Logger
  readonly launch: LaunchBridge
  /** What a new process is told, with a new token. */
  begin(): Promise<BridgeStart>
  /** Writes down what the process keeps. */
  keep(changes: KeptChanges): Promise<void>
}

type Asked =
  | { readonly type: 'openWindow' }
  | { readonly type: 'removeFabric'; readonly index: number }

/** Keeps one process of the Matter bridge running: starts it again when it ends, hangs or grows. */
export class BridgeKeeper {
  readonly #parts: KeeperParts
  readonly #asked = new Map<number, (error: string | null) => void>()
  #process: BridgeProcess | undefined
  #report: BridgeReport | undefined
  #startedAtMs = 0
  #failures: Failures = NO_FAILURES
  #restarts = 0
  #lastError: string | null = null
  #nextId = 1
  #watchdog: Timer
  #restartTimer: Timer
  #stopped: (() => void) | undefined

  constructor(parts: KeeperParts) {
    this.#parts = parts
  }

  /** What the running process said last; undefined until it has joined the network. */
  get report(): BridgeReport | undefined {
    return this.#report
  }

  get restarts(): number {
    return this.#restarts
  }

  /** Why the last process ended; null while all is well. */
  get lastError(): string | null {
    return this.#lastError
  }

  start(): void {
    const { clock, launch, log } = this.#parts
    this.#startedAtMs = clock.now().steadyMs
    const process = launch({
      message: (message) => this.#received(message, process),
      ended: (reason) => this.#ended(reason),
    })
    this.#process = process
    this.#watch()
    this.#parts.begin().then(
      (start) => process.send({ type: 'start', ...start }),
      (error) => {
        log.warn('the Matter bridge cannot be started', { error: String(error) })
        process.kill()
      },
    )
  }

  /** Ends the process, and starts no other one. */
  async stop(): Promise<void> {
    const { clock } = this.#parts
    clock.clearTimer(this.#restartTimer)
    clock.clearTimer(this.#watchdog)
    const process = this.#process
    const isStopped = new Promise<void>((resolve) => {
      this.#stopped = resolve
    })
    if (process === undefined) return
    process.send({ type: 'stop' })
    const timer = clock.setTimer(STOP_MS, () => process.kill())
    await isStopped
    clock.clearTimer(timer)
  }

  /** Has the bridge do something; resolves to what kept it from it, null for nothing. */
  ask(asked: Asked): Promise<string | null> {
    const { clock } = this.#parts
    const process = this.#process
    if (process === undefined || this.#report === undefined) {
      return Promise.resolve(this.#lastError ?? 'it is starting')
    }
    const id = this.#nextId++
    return new Promise((resolve) => {
      const timer = clock.setTimer(ASK_MS, () => answer('it does not answer'))
      const answer = (error: string | null): void => {
        clock.clearTimer(timer)
        this.#asked.delete(id)
        resolve(error)
      }
      this.#asked.set(id, answer)
      process.send({ ...asked, id } satisfies ToBridge)
    })
  }

  #received(message: FromBridge, process: BridgeProcess): void {
    const { log } = this.#parts
    switch (message.type) {
      case 'keep':
        this.#parts.keep(message.changes).then(
          () => process.send({ type: 'kept', id: message.id, error: null }),
          (error) => process.send({ type: 'kept', id: message.id, error: String(error) }),
        )
        return
      case 'done':
        this.#asked.get(message.id)?.(message.error)
        return
      case 'log':
        log[message.level](
          message.event,
          { text: message.text },
          { about: message.about, quietMs: CLIENT_MISTAKE_QUIET_MS },
        )
        return
      case 'report':
        this.#reported(message, process)
    }
  }

  #reported(report: BridgeReport, process: BridgeProcess): void {
    const { log } = this.#parts
    if (this.#report === undefined) {
      const { thermostats, fabrics } = report
      log.info('the Matter bridge is on the network', { thermostats, controllers: fabrics.length })
    }
    this.#report = report
    this.#lastError = null
    this.#watch()
    if (report.memoryBytes === null || report.memoryBytes <= MAX_MEMORY_BYTES) return
    log.warn('the Matter bridge takes too much memory', { bytes: report.memoryBytes })
    process.kill()
  }

  #watch(): void {
    const { clock, log } = this.#parts
    clock.clearTimer(this.#watchdog)
    this.#watchdog = clock.setTimer(SILENT_MS, () => {
      log.warn('the Matter bridge says nothing', { for_s: SILENT_MS / 1000 })
      this.#process?.kill()
    })
  }

  #ended(reason: string): void {
    const { clock, log } = this.#parts
    this.#process = undefined
    this.#report = undefined
    clock.clearTimer(this.#watchdog)
    for (const answer of [...this.#asked.values()]) answer(reason)
    if (this.#stopped !== undefined) {
      this.#stopped()
      return
    }
    this.#lastError = reason
    this.#failures = afterEnd(this.#failures, clock.now().steadyMs - this.#startedAtMs)
    const waitMs = restartDelayMs(this.#failures)
    log.warn('the Matter bridge ended and is started again', { reason, in_s: waitMs / 1000 })
    this.#restartTimer = clock.setTimer(waitMs, () => {
      this.#restarts += 1
      this.start()
    })
  }
}
