import type { Change } from '../../protocol/delivery/change.ts'
import { decideNotice, NOTHING_TOLD, type Told } from '../../protocol/notify/decide-notice.ts'
import {
  type Notice,
  noticeOf,
  type Sign,
  serialInKey,
  signKey,
} from '../../protocol/notify/notice.ts'
import {
  backupSign,
  changeSign,
  diskSign,
  hasFailed,
  thermostatSigns,
} from '../../protocol/notify/signs.ts'
import { deviceName } from '../../protocol/view/device-view.ts'
import { viewOf } from '../../protocol/view/view-of.ts'
import type { Timer } from '../core/clock.ts'
import type { Core } from '../core/core.ts'
import { freeBytes } from '../core/free-bytes.ts'
import { nextTurn } from '../core/turns.ts'

const LOOK_EVERY_MS = 60_000
/** Thermostats that are looked at before the event loop serves others again. */
const PER_TURN = 8
/** Changes that have ended since the last look, at most. */
const MAX_CHANGES = 1_000

type NewNotice = Omit<Notice, 'id'>

export interface ConditionWatchParts {
  readonly core: Core
  /** Undefined for a database in memory. */
  readonly databasePath: string | undefined
  /** Whether anybody would be told. */
  isHeard(): boolean
  /** Called with what people are to be told; `told` has changed and is to be kept. */
  tell(notices: readonly NewNotice[]): Promise<void>
}

/**
 * Looks once a minute at what has changed, and decides what people are told. Nothing is looked at while
 * nobody would be told.
 */
export class ConditionWatch {
  readonly #parts: ConditionWatchParts
  /** What was told, by `signKey`. */
  readonly told: Map<string, Told>
  /** Since when something differs from what was told, by `signKey`; steady clock, ms. */
  readonly #differsSinceMs = new Map<string, number>()
  /** Thermostats to look at; undefined for all. */
  #dirty: Set<string> | undefined
  /** Changes that have ended, the latest of each thermostat and command. */
  readonly #changes = new Map<string, Change>()
  #backup: Sign | undefined
  readonly #unlisten: (() => void)[]
  #timer: Timer | undefined
  #isLooking = false
  #isStopped = false

  constructor(parts: ConditionWatchParts, told: ReadonlyMap<string, Told>) {
    this.#parts = parts
    this.told = new Map(told)
    const { events } = parts.core
    // Listeners run in the turn of a thermostat's request, so they only mark it.
    this.#unlisten = [
      events.on('deviceChanged', (serial) => this.#dirty?.add(serial)),
      events.on('availabilityChanged', (serial) => this.#dirty?.add(serial)),
      events.on('changeMoved', (change) => this.#noteChange(change)),
      events.on('backupEnded', (failure) => {
        this.#backup = backupSign(failure)
      }),
    ]
    this.#arm()
  }

  stop(): void {
    this.#isStopped = true
    for (const unlisten of this.#unlisten) unlisten()
    this.#parts.core.clock.clearTimer(this.#timer)
  }

  #arm(): void {
    this.#timer = this.#parts.core.clock.setTimer(LOOK_EVERY_MS, () => {
      this.#arm()
      this.#look().catch((error) =>
        this.#parts.core.health.complain('what to tell could not be found out', error),
      )
    })
  }

  #noteChange(change: Change): void {
    const { state, serial, command } = change
    if (!hasFailed(state) && state !== 'confirmed') return
    const key = signKey({ kind: 'change_failed', serial, part: command })
    // Most changes are confirmed, and nothing was told of them.
    if (state === 'confirmed' && !this.told.has(key) && !this.#changes.has(key)) return
    if (this.#changes.size < MAX_CHANGES) this.#changes.set(key, change)
  }

  async #look(): Promise<void> {
    const { isHeard, tell } = this.#parts
    if (this.#isLooking) return
    if (!isHeard()) {
      this.#dirty = undefined
      this.#changes.clear()
      return
    }
    this.#isLooking = true
    try {
      const notices: NewNotice[] = []
      const changes = [...this.#changes.values()]
      this.#changes.clear()
      const serials = await this.#serialsToLookAt(changes)
      for (const [i, serial] of [...serials].entries()) {
        if (i % PER_TURN === PER_TURN - 1) await nextTurn()
        if (this.#isStopped) return
        const own = changes.filter((change) => change.serial === serial)
        for (const sign of await this.#signsOf(serial, own)) this.#decide(sign, notices)
      }
      for (const sign of await this.#serverSigns()) this.#decide(sign, notices)
      if (notices.length > 0) await tell(notices)
    } finally {
      this.#isLooking = false
    }
  }

  /** Those that changed, and those of which something may be told when enough time has passed. */
  async #serialsToLookAt(changes: readonly Change[]): Promise<ReadonlySet<string>> {
    const { store } = this.#parts.core
    const marked = this.#dirty ?? (await store.serials())
    this.#dirty = new Set()
    const differing = [...this.#differsSinceMs.keys()].map(serialInKey)
    const all = [...marked, ...differing, ...changes.map(({ serial }) => serial)]
    return new Set(all.filter((serial) => serial !== ''))
  }

  async #signsOf(serial: string, changes: readonly Change[]): Promise<Sign[]> {
    const { store, clock, presence } = this.#parts.core
    const state = await store.shown(serial)
    const view = viewOf(state, clock.now().wallMs)
    // Anybody can make up a thermostat that is not paired.
    if (view === undefined || state.owner === undefined) {
      this.#forget(serial)
      return []
    }
    await presence.learn([serial])
    const name = deviceName(view)
    return [
      ...thermostatSigns(view, presence.isAvailable(serial)),
      ...changes.flatMap((change) => changeSign(change, { serial, name }) ?? []),
    ]
  }

  async #serverSigns(): Promise<Sign[]> {
    const { databasePath } = this.#parts
    const free = databasePath === undefined ? undefined : await freeBytes(databasePath)
    return [
      ...(free === undefined ? [] : [diskSign(free)]),
      ...(this.#backup === undefined ? [] : [this.#backup]),
    ]
  }

  #decide(sign: Sign, notices: NewNotice[]): void {
    const now = this.#parts.core.clock.now()
    const key = signKey(sign)
    const before = this.told.get(key) ?? NOTHING_TOLD
    const since = this.#differsSinceMs.get(key)
    const { told, differsSinceMs, tell } = decideNotice(before, since, sign, now)
    // What a change was is not looked at again.
    if (differsSinceMs === undefined || sign.part !== undefined) this.#differsSinceMs.delete(key)
    else this.#differsSinceMs.set(key, differsSinceMs)
    if (told !== before) this.told.set(key, told)
    if (tell !== undefined) notices.push(noticeOf(sign, tell, now.wallMs))
  }

  #forget(serial: string): void {
    for (const keys of [this.told, this.#differsSinceMs]) {
      for (const key of keys.keys()) if (serialInKey(key) === serial) keys.delete(key)
    }
  }
}
