import type { Status } from '../../../api/shapes.ts'
import { timeText } from '../../../protocol/schedule/days.ts'
import { DAY_NAMES, type ScheduleMode } from '../../../protocol/schedule/schedule.ts'
import { scheduleUse } from '../../../protocol/schedule/schedule-use.ts'
import type { Scale } from '../../../protocol/setpoint.ts'
import { numberText, onGrid } from '../../format/temperature.ts'
import { TEXTS } from '../../texts.ts'

const { schedule: texts } = TEXTS

/** 1 January 2024 was a Monday. */
const MONDAY_MS = Date.UTC(2024, 0, 1)
const DAY_MS = 86_400_000

/** The name of a day in the language of the browser; 0 is Monday. */
export function dayText(day: number, form: 'long' | 'short' = 'long', locale?: string): string {
  if (day < 0 || day >= DAY_NAMES.length) return ''
  return new Date(MONDAY_MS + day * DAY_MS).toLocaleDateString(locale, {
    weekday: form,
    timeZone: 'UTC',
  })
}

/** A setpoint in the unit shown, without it: `21`, `19–24`. */
export function degreesText(temps: readonly number[], scale: Scale, locale?: string): string {
  return temps.map((temp) => numberText(onGrid(temp, scale), locale)).join('–')
}

/** A setpoint for people who listen: `Monday 06:30, 21 °C`. */
export function setpointLabel(day: number, at: number, temps: readonly number[], scale: Scale) {
  return `${dayText(day)} ${timeText(at)}, ${degreesText(temps, scale)} °${scale}`
}

/** What the schedule sets next; or why no schedule counts now. */
export function nextText(
  status: Status,
  mode: ScheduleMode,
  when: (ms: number) => string,
): string | undefined {
  const use = scheduleUse(mode, status)
  if (use === 'off') return texts.notWhileOff
  if (use === 'eco') return texts.notInEco
  if (use === 'other mode') {
    return texts.otherMode(TEXTS.schedule.modes[mode])
  }
  const { next_setpoint: next, temperature_scale: scale } = status
  if (next === null) return undefined
  const { low, high, temperature } = next
  const temps =
    low !== undefined && high !== undefined ? [low, high] : [temperature ?? low ?? high ?? 0]
  return texts.next(`${degreesText(temps, scale)} °${scale}`, when(Date.parse(next.at)))
}
