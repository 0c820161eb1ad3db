import type { JsonObject } from '../../protocol/bucket.ts'
import {
  isPlaceOf,
  OUTDOOR_FRESH_MS,
  outdoorCelsius,
  type Place,
  placeOf,
} from '../../protocol/lan/weather-answer.ts'
import type { WeatherReport } from '../../protocol/lan/weather-query.ts'
import type { OutdoorWeather } from '../../protocol/view/device-view.ts'
import type { ViewedState } from '../../protocol/view/viewed-state.ts'
import { remember } from './bounded-map.ts'

/** Places and thermostats in the LRU maps, at most. */
const MAX_PLACES = 64
const MAX_THERMOSTATS = 1024

interface Measured {
  readonly place: Place | undefined
  readonly celsius: number
  readonly atSteadyMs: number
}

/**
 * The temperatures outside that weather answers told on their way to thermostats. They are kept in memory
 * only: after a restart the next question brings them back.
 */
export class Outdoor {
  /** By question. */
  readonly #measured = new Map<string, Measured>()
  /** The last question of each thermostat. */
  readonly #questions = new Map<string, string>()

  /**
   * Takes note of an answer.
   *
   * @param key - the question (`weatherKey`)
   * @returns whether the temperature differs from the one before
   */
  note(key: string, { fetchedAtSteadyMs }: WeatherReport, answer: unknown): boolean {
    const before = this.#measured.get(key)
    if (before?.atSteadyMs === fetchedAtSteadyMs) return false
    const celsius = outdoorCelsius(answer)
    if (celsius === undefined) return false
    const measured = { place: placeOf(key), celsius, atSteadyMs: fetchedAtSteadyMs }
    remember(this.#measured, key, measured, MAX_PLACES)
    return before?.celsius !== celsius
  }

  /** Takes note of who asked a question. Returns whether it is another one than before. */
  asked(serial: string, key: string): boolean {
    const isNew = this.#questions.get(serial) !== key
    remember(this.#questions, serial, key, MAX_THERMOSTATS)
    return isNew
  }

  /**
   * The weather of a thermostat: the answer to its own question, else one for the postal code that it
   * reports; undefined when there is none that is fresh.
   */
  of(
    { serial, buckets }: Pick<ViewedState, 'serial' | 'buckets'>,
    steadyMs: number,
  ): OutdoorWeather | undefined {
    if (this.#measured.size === 0) return undefined
    const device = buckets.get(`device.${serial}`)?.value ?? {}
    const measured = this.#measured.get(this.#questions.get(serial) ?? '') ?? this.#ofPlace(device)
    if (measured === undefined) return undefined
    const staleInMs = measured.atSteadyMs + OUTDOOR_FRESH_MS - steadyMs
    return staleInMs > 0 ? { celsius: measured.celsius, staleInMs } : undefined
  }

  #ofPlace(device: JsonObject): Measured | undefined {
    return [...this.#measured.values()].findLast(
      ({ place }) => place !== undefined && isPlaceOf(place, device),
    )
  }
}
