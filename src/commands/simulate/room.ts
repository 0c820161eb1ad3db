import type { Timers, VirtualThermostat } from '../../virtual/index.ts'

const OUTSIDE = 12
const LOSS = 0.01
const POWER = 0.3

/**
 * A little physics for demos: the room loses heat to the outside, and heating or cooling changes it.
 * Returns the function that stops it.
 */
export function roomDrift(
  thermostats: readonly VirtualThermostat[],
  timers: Timers,
  tickMs: number,
): () => void {
  let handle: unknown
  const tick = (): void => {
    for (const thermostat of thermostats) {
      const { screen } = thermostat
      if (screen.phase !== 'paired') continue
      thermostat.sense({ currentTemperature: nextTemperature(screen) })
    }
    handle = timers.setTimer(tick, tickMs)
  }
  handle = timers.setTimer(tick, tickMs)
  return () => timers.clearTimer(handle)
}

/** The room a tick later, to a hundredth of a degree. */
export function nextTemperature(room: {
  currentTemperature: number
  heating: boolean
  cooling: boolean
}): number {
  const leak = (OUTSIDE - room.currentTemperature) * LOSS
  const gain = (room.heating ? POWER : 0) - (room.cooling ? POWER : 0)
  return Math.round((room.currentTemperature + leak + gain) * 100) / 100
}
