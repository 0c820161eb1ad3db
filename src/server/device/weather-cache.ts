import {
  shouldAsk,
  type WeatherMemory,
  type WeatherReport,
  weatherUrl,
} from '../../protocol/lan/weather-query.ts'
import { remember } from '../core/bounded-map.ts'
import type { Clock } from '../core/clock.ts'
import type { Logger } from '../core/logger.ts'
import { RateLimit } from '../core/rate-limit.ts'

/** Fetches an answer of the upstream as JSON text; rejects when there is none. */
export type FetchWeather = (url: string, stop: AbortSignal) => Promise<string>

export interface WeatherOptions {
  readonly upstream: string
  readonly ttlMs: number
  readonly clock: Clock
  readonly log: Logger
  readonly fetch: FetchWeather
}

/** Who asks. */
export interface WeatherCaller {
  readonly network: string
  /** Whether it is a thermostat that is paired. */
  readonly isPaired: boolean
}

/** How long the upstream may take. */
const TIMEOUT_MS = 10_000
/** How long a thermostat waits for a new answer when there is an older one. */
const PATIENCE_MS = 2_000
/** Places of paired thermostats in their LRU map, at most; a house has one. */
const MAX_PLACES = 64
/** Places that others asked for: they do not push out those of paired thermostats. */
const MAX_OTHER_PLACES = 16
/** Questions to the upstream. A thermostat asks every ten minutes or more seldom. */
const QUESTION_RATE = {
  own: { atOnce: 20, perMinute: 6 },
  spare: { atOnce: 3, perMinute: 1 },
  shared: { atOnce: 60, perMinute: 30 },
}
/** Concurrent requests to the upstream, at most. */
const MAX_UNDER_WAY = 4

/** The weather for the thermostat's screen, cached; a stale answer is better than none. */
export class Weather {
  readonly #options: WeatherOptions
  readonly #places = new Map<string, WeatherMemory>()
  readonly #otherPlaces = new Map<string, WeatherMemory>()
  readonly #questions: RateLimit
  readonly #underWay = new Map<string, Promise<WeatherReport | undefined>>()
  readonly #stop = new AbortController()

  constructor(options: WeatherOptions) {
    this.#options = options
    this.#questions = new RateLimit(options.clock, QUESTION_RATE)
  }

  /** The answer to a question; undefined when there is none, or the caller asks too much. */
  async get(key: string, { network, isPaired }: WeatherCaller): Promise<WeatherReport | undefined> {
    const { clock, ttlMs } = this.#options
    const memory = this.#memoryOf(key)
    if (isPaired && memory !== undefined) this.#remember(key, memory, true)
    if (!shouldAsk(memory, clock.now().steadyMs, ttlMs)) return memory?.report
    const fetching = this.#fetchOnce(key, network, isPaired)
    if (fetching === undefined) return memory?.report
    if (memory?.report === undefined) return fetching
    return (await this.#orPatience(fetching)) ?? memory.report
  }

  /** Aborts running requests; for the end of the process. */
  stop(): void {
    this.#stop.abort()
  }

  /** Sends one request per question, also when several thermostats ask it at once. */
  #fetchOnce(
    key: string,
    network: string,
    isPaired: boolean,
  ): Promise<WeatherReport | undefined> | undefined {
    const underWay = this.#underWay.get(key)
    if (underWay !== undefined) return underWay
    if (this.#underWay.size >= MAX_UNDER_WAY || this.#stop.signal.aborted) return undefined
    if (this.#questions.use(network) > 0) return undefined
    const fetching = this.#fetch(key, isPaired).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, fetching)
    return fetching
  }

  async #fetch(key: string, isPaired: boolean): Promise<WeatherReport | undefined> {
    const { clock, upstream, log, fetch } = this.#options
    const tooLong = new AbortController()
    const timer = clock.setTimer(TIMEOUT_MS, () =>
      tooLong.abort(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)),
    )
    try {
      const stop = AbortSignal.any([tooLong.signal, this.#stop.signal])
      const body = await fetch(weatherUrl(upstream, key), stop)
      const report = { body, fetchedAtSteadyMs: clock.now().steadyMs }
      this.#remember(key, { report, failedAtSteadyMs: undefined }, isPaired)
      return report
    } catch (error) {
      const report = this.#memoryOf(key)?.report
      const failedAtSteadyMs = clock.now().steadyMs
      this.#remember(key, { report, failedAtSteadyMs }, isPaired)
      log.warn('no weather from upstream', {
        reason: error instanceof Error ? error.message : String(error),
        stale: report !== undefined,
      })
      return undefined
    } finally {
      clock.clearTimer(timer)
    }
  }

  #memoryOf(key: string): WeatherMemory | undefined {
    return this.#places.get(key) ?? this.#otherPlaces.get(key)
  }

  #remember(key: string, memory: WeatherMemory, isPaired: boolean): void {
    if (!isPaired && !this.#places.has(key)) {
      remember(this.#otherPlaces, key, memory, MAX_OTHER_PLACES)
      return
    }
    this.#otherPlaces.delete(key)
    remember(this.#places, key, memory, MAX_PLACES)
  }

  /** The result, or undefined when it takes longer than a thermostat should wait. */
  #orPatience<T>(result: Promise<T>): Promise<T | undefined> {
    const { clock } = this.#options
    return new Promise((resolve) => {
      const timer = clock.setTimer(PATIENCE_MS, () => resolve(undefined))
      result.then((value) => {
        clock.clearTimer(timer)
        resolve(value)
      })
    })
  }
}
