import { createHash } from 'node:crypto'
import type { Now } from '../../protocol/now.ts'
import { hasUploaded } from '../../protocol/view/has-uploaded.ts'
import type { ViewedState } from '../../protocol/view/viewed-state.ts'
import type { Core } from '../core/core.ts'
import { shownStatus } from './views.ts'

const MINUTE_MS = 60_000

/** A status as it is sent. */
export interface StatusText {
  readonly serial: string
  /** Bytes: a list joins them and an event stream writes them as they are, outside of the heap. */
  readonly json: Buffer
  readonly hasUploaded: boolean
  /** Another one for each other text. */
  readonly hash: string
}

/** Whatever a status shows that is not in the state, and not the time. */
interface Around {
  readonly isAvailable: boolean
  readonly lastSeenMs: number | undefined
  readonly held: number
  readonly outdoorC: number | undefined
}

interface Known extends Around {
  readonly status: StatusText
  /** Wall clock, ms; from then on it may be another one with nothing but time passed. */
  readonly untilMs: number
}

/**
 * The statuses of thermostats as JSON. Each is made again only when something of it may have changed: a reader that
 * asks again and again costs little, however many thermostats there are.
 */
export class StatusTexts {
  readonly #core: Core
  /** By the state that the store shows, which is another object after each change. */
  readonly #known = new WeakMap<ViewedState, Known>()

  constructor(core: Core) {
    this.#core = core
  }

  /** The status of one thermostat; undefined when it is not on file. */
  async read(serial: string): Promise<StatusText | undefined> {
    await this.#core.presence.learn([serial])
    return this.of(await this.#core.store.shown(serial))
  }

  /** The same of a state that is loaded already, after `Presence.learn`. */
  of(state: ViewedState): StatusText | undefined {
    const now = this.#core.clock.now()
    const { wallMs } = now
    const around = this.#around(state, now)
    const known = this.#known.get(state)
    if (known !== undefined && isSame(known, around) && isFresh(known, wallMs)) return known.status
    const shown = shownStatus(this.#core, state)
    if (shown === undefined) return undefined
    const json = Buffer.from(JSON.stringify(shown))
    const { serial } = state
    const status = { serial, json, hasUploaded: hasUploaded(state), hash: hashOf(json) }
    this.#known.set(state, { ...around, status, untilMs: freshUntilMs(shown, wallMs) })
    return status
  }

  #around(state: ViewedState, { steadyMs }: Now): Around {
    const { presence, subscriptions, outdoor } = this.#core
    const { serial } = state
    return {
      isAvailable: presence.isAvailable(serial),
      lastSeenMs: presence.lastSeenMs(serial),
      held: subscriptions.count(serial),
      outdoorC: outdoor.of(state, steadyMs)?.celsius,
    }
  }
}

function isSame(one: Around, other: Around): boolean {
  return (
    one.isAvailable === other.isAvailable &&
    one.lastSeenMs === other.lastSeenMs &&
    one.held === other.held &&
    one.outdoorC === other.outdoorC
  )
}

/** A wall clock that was set back makes it again, too. */
function isFresh({ untilMs }: Known, wallMs: number): boolean {
  return wallMs < untilMs && untilMs - wallMs <= MINUTE_MS
}

/** Schedules and time zones change with a minute; the fan ends at any second. */
function freshUntilMs(status: { readonly fan_timer_timeout?: unknown }, wallMs: number): number {
  const minuteEndsMs = (Math.floor(wallMs / MINUTE_MS) + 1) * MINUTE_MS
  const fanEndsMs = Number(status.fan_timer_timeout) * 1000
  return fanEndsMs > wallMs ? Math.min(minuteEndsMs, fanEndsMs) : minuteEndsMs
}

/** The name of a text, for `ETag`. */
export function hashOf(text: string | Buffer): string {
  return createHash('sha1').update(text).digest('base64url')
}
