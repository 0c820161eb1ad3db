import { NleError } from '../../errors.ts'
import { DAY_MS } from '../../protocol/history/calendar.ts'
import { earlierOf } from '../../protocol/now.ts'
import type { SharedHistory } from '../../store/history-store.ts'
import type { Timer } from '../core/clock.ts'
import type { Core } from '../core/core.ts'
import { type AgeingRules, ageOne } from './ageing.ts'

/** Thermostats whose serials are read at once. */
const AT_ONCE = 256
/** The pause after everything is as it should be: days become old once a day. */
const PAUSE_MS = 6 * 3_600_000
/** The pause while there is more to do, and after a failure. */
const SHORT_PAUSE_MS = 30 * 60_000
/** No day is longer, and it is summed up as a whole. */
const DAY_AND_MORE_MS = 2 * DAY_MS

/** Ages the history of all thermostats, on the process that has the job. */
export class SharedAgeing {
  readonly #core: Core
  readonly #history: SharedHistory
  readonly #rules: AgeingRules
  #timer: Timer
  #isOver = false
  #running: Promise<void> = Promise.resolve()

  constructor(core: Core, history: SharedHistory, rules: AgeingRules) {
    this.#core = core
    this.#history = history
    this.#rules = rules
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Resolves once it does nothing any more. */
  async stop(): Promise<void> {
    this.#isOver = true
    this.#core.clock.clearTimer(this.#timer)
    await this.#running
  }

  async #run(): Promise<void> {
    let isDone = false
    try {
      isDone = await this.#ageAll()
    } catch (error) {
      // The job is another process's by now.
      if (error instanceof NleError && error.code === 'in_use') return
      this.#core.health.complain('the history could not be aged; it is tried again', error)
    }
    if (this.#isOver) return
    this.#timer = this.#core.clock.setTimer(isDone ? PAUSE_MS : SHORT_PAUSE_MS, () => this.start())
  }

  /** Returns whether nothing is left to be done now. */
  async #ageAll(): Promise<boolean> {
    const nowMs = earlierOf(this.#core.clock.now())
    await this.#history.prepareMonths(nowMs)
    await this.#history.deleteLeft()
    let isDone = true
    let after = ''
    for (;;) {
      const serials = await this.#history.serials(after, AT_ONCE)
      for (const serial of serials) {
        if (this.#isOver) return false
        const isAged = await this.#ageOne(serial, nowMs)
        isDone &&= isAged
      }
      if (serials.length < AT_ONCE) break
      after = serials.at(-1) ?? ''
    }
    if (isDone) await this.#dropMonths(nowMs)
    return isDone
  }

  async #ageOne(serial: string, nowMs: number): Promise<boolean> {
    const { retention, zone } = this.#rules
    try {
      return await ageOne(this.#history, serial, retention, nowMs, zone)
    } catch (error) {
      if (!(error instanceof NleError && error.code === 'unfit')) throw error
      // It must not keep the months of all others.
      this.#core.log.warn('the history of a thermostat is damaged', { serial })
      return true
    }
  }

  /** Only after everything older was summed up. Sums stay as long as there are chunks to make them of. */
  #dropMonths(nowMs: number): Promise<void> {
    const { rawDays, dailyDays } = this.#rules.retention
    const rawMs = rawDays * DAY_MS + DAY_AND_MORE_MS
    return this.#history.dropMonths(nowMs - rawMs, nowMs - Math.max(rawMs, dailyDays * DAY_MS))
  }
}
