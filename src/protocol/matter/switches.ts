import type { BridgedStatus } from './bridged-status.ts'

/** Matter's numbers for a fan that is on or off, and for one that can do nothing else. */
const FAN = { off: 0, high: 3, sequenceOffHigh: 5 } as const

/** A fan that its timer runs is on. One that follows the system is off, even while it turns. */
export function fanAttributes({ fan_timer_active: on }: BridgedStatus) {
  return {
    fanMode: on ? FAN.high : FAN.off,
    fanModeSequence: FAN.sequenceOffHigh,
    percentSetting: on ? 100 : 0,
    percentCurrent: on ? 100 : 0,
  }
}

/** Whether the hot water is heated, by its schedule or by a boost. */
export function hotWaterIsOn({ hot_water }: BridgedStatus, nowMs: number): boolean {
  if (hot_water === null) return false
  const { active, mode, boost_until } = hot_water
  return active === true || mode === 'on' || boost_until * 1000 > nowMs
}

/** When what is shown changes although the thermostat says nothing: a timer ends. Unix ms; undefined for never. */
export function nextEndMs(status: BridgedStatus, nowMs: number): number | undefined {
  const ends = [status.fan_timer_timeout, status.hot_water?.boost_until ?? 0]
    .map((untilS) => untilS * 1000)
    .filter((endMs) => endMs > nowMs)
  return ends.length === 0 ? undefined : Math.min(...ends)
}
