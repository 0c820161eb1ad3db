/** What a thermostat in a simulated house measures and does at one instant. */
export interface HouseState {
  readonly atMs: number
  /** Fields of its `shared` bucket. */
  readonly shared: {
    readonly current_temperature: number
    readonly target_temperature: number
    readonly target_temperature_type: 'heat' | 'cool'
    readonly hvac_heater_state: boolean
    readonly hvac_ac_state: boolean
    readonly hvac_fan_state: boolean
  }
  /** Fields of its `device` bucket. */
  readonly device: {
    readonly current_humidity: number
    readonly battery_level: number
    readonly outdoor_temperature: number
  }
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const YEAR_DAYS = 365.25
const HYSTERESIS = 0.3

/**
 * A house whose temperature follows the weather and the heating or cooling, in steps of a minute: it
 * is warm in the day and cooler at night. The same number gives the same house.
 */
export function* simulatedHouse(
  fromMs: number,
  minutes: number,
  number = 0,
  offsetS: (atMs: number) => number = () => 0,
): Generator<HouseState> {
  const random = randomNumbers(number + 1)
  let inside = 19
  let runs = false
  let weather = 0
  for (let minute = 0; minute < minutes; minute++) {
    const atMs = fromMs + minute * MINUTE_MS
    const localMs = atMs + offsetS(atMs) * 1000
    const season = Math.cos((localMs / DAY_MS / YEAR_DAYS) * 2 * Math.PI)
    const hour = (localMs % DAY_MS) / 3_600_000
    // Weather of some days on top of season and time of day.
    weather += (random() - 0.5) * 0.12 - weather * 0.0004
    const outside = 10 - 11 * season + 4 * Math.sin(((hour - 9) / 24) * 2 * Math.PI) + weather
    const isSummer = season < -0.6
    const isDay = hour >= 6.5 && hour < 22.5
    const target = isSummer ? 25 : isDay ? 21 : 17
    const error = isSummer ? inside - target : target - inside
    if (error > HYSTERESIS) runs = true
    if (error < -HYSTERESIS) runs = false
    const power = runs ? (isSummer ? -0.05 : 0.07) : 0
    inside += (outside - inside) * 0.0012 + power + (random() - 0.5) * 0.02
    yield {
      atMs,
      shared: {
        current_temperature: Math.round(inside * 100) / 100,
        target_temperature: target,
        target_temperature_type: isSummer ? 'cool' : 'heat',
        hvac_heater_state: runs && !isSummer,
        hvac_ac_state: runs && isSummer,
        hvac_fan_state: runs && isSummer,
      },
      device: {
        current_humidity: Math.round(45 + 8 * Math.sin(localMs / DAY_MS) + weather),
        battery_level: Math.round((3.9 + 0.03 * Math.sin(hour)) * 100) / 100,
        outdoor_temperature: Math.round(outside * 10) / 10,
      },
    }
  }
}

/** Numbers in [0, 1) that a number determines (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
