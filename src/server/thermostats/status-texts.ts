import { createHash } from 'node:crypto'
import { isObject, type JsonObject } from '../../protocol/bucket.ts'
import type { Now } from '../../protocol/now.ts'
import { hasUploaded } from '../../protocol/view/has-uploaded.ts'
import type { ViewedState } from '../../protocol/view/viewed-state.ts'
import type { Core } from '../core/core.ts'
import { shownStatus } from './views.ts'

const MINUTE_MS = 60_000
/** Time zones change their offset at none but these. */
const QUARTER_MS = 15 * MINUTE_MS

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
  /** Wall clock, ms: when it was made, and from when on it may be another one with nothing but time passed. */
  readonly fromMs: number
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
  of(state: ViewedState, now = this.#core.clock.now()): StatusText | undefined {
    const { wallMs } = now
    const around = this.#around(state, now)
    const known = this.#known.get(state)
    if (known !== undefined && isSame(known, around) && isFresh(known, wallMs)) return known.status
    const shown = shownStatus(this.#core, state)
    if (shown === undefined) return undefined
    const json = Buffer.from(JSON.stringify(shown))
    const { serial } = state
    const status = { serial, json, hasUploaded: hasUploaded(state), hash: hashOf(json) }
    const untilMs = freshUntilMs(state, shown, wallMs)
    this.#known.set(state, { ...around, status, fromMs: wallMs, untilMs })
    return status
  }

  #around(state: ViewedState, now: Now): Around {
    const { presence, subscriptions, outdoor } = this.#core
    const { serial } = state
    return {
      isAvailable: presence.isAvailable(serial, now),
      lastSeenMs: presence.lastSeenMs(serial),
      held: subscriptions.count(serial),
      outdoorC: outdoor.of(state, now.steadyMs)?.celsius,
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
function isFresh({ fromMs, untilMs }: Known, wallMs: number): boolean {
  return fromMs <= wallMs && wallMs < untilMs
}

/**
 * A change on its way has times that count from now, and a warning about a code ends with the code; the fan and the
 * schedule have their instants.
 */
function freshUntilMs({ changes }: ViewedState, status: JsonObject, wallMs: number): number {
  const isMoving = changes.length > 0 || status.pairing_warning !== null
  const stepMs = isMoving ? MINUTE_MS : QUARTER_MS
  const stepEndsMs = (Math.floor(wallMs / stepMs) + 1) * stepMs
  const { fan_timer_timeout: fanEndsS, next_setpoint: next } = status
  const instants = [Number(fanEndsS) * 1000, isObject(next) ? Date.parse(String(next.at)) : 0]
  return Math.min(stepEndsMs, ...instants.filter((atMs) => atMs > wallMs))
}

/** The name of a text, for `ETag`. */
export function hashOf(text: string | Buffer): string {
  return createHash('sha1').update(text).digest('base64url')
}
