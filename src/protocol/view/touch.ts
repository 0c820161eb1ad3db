import { isObject, type JsonValue } from '../bucket.ts'
import { keyedSchedule } from '../schedule/week.ts'
import type { DeviceView } from './device-view.ts'

/** No time zone is further from UTC, s. */
const MAX_OFFSET_S = 14 * 3600

/** A note of the thermostat on who changed something, and when by its own clock. */
export interface Touch {
  /** Unix seconds. */
  readonly atS: number
  /** Seconds east of UTC: `touched_tzo`. */
  readonly offsetS: number
}

/** Every note that carries an offset: `touched_by` of `shared` and `device`, entries of the schedule. */
function touches({ shared, device, schedule }: DeviceView): JsonValue[] {
  const { days } = keyedSchedule(schedule?.value ?? {})
  const entries = Object.values(isObject(days) ? days : {}).flatMap((day) =>
    isObject(day) ? Object.values(day) : [],
  )
  return [shared.touched_by, device.touched_by, ...entries].filter((one) => one !== undefined)
}

/** Whether a command of nle made this note; its offset is an older one that the thermostat reported. */
function isOurs(touch: JsonValue): boolean {
  return isObject(touch) && touch.touched_by === 3 && touch.touched_user_id === ''
}

function read(touch: JsonValue): Touch | undefined {
  if (!isObject(touch)) return undefined
  const { touched_tzo: offsetS, touched_at: at } = touch
  if (typeof offsetS !== 'number' || !Number.isInteger(offsetS)) return undefined
  if (Math.abs(offsetS) > MAX_OFFSET_S) return undefined
  return { offsetS, atS: typeof at === 'number' && Number.isFinite(at) ? at : 0 }
}

function latest(touches: readonly JsonValue[]): Touch | undefined {
  return touches
    .map(read)
    .filter((touch) => touch !== undefined)
    .reduce<Touch | undefined>(
      (best, touch) => (best === undefined || touch.atS > best.atS ? touch : best),
      undefined,
    )
}

/** The latest note that the thermostat itself made, with its offset from UTC; undefined without one. */
export function ownTouch(view: DeviceView): Touch | undefined {
  return latest(touches(view).filter((touch) => !isOurs(touch)))
}

/**
 * The offset from UTC that the thermostat reported last, in seconds east (`touched_tzo`); undefined when
 * it never did. A command replaces the note in `shared` and carries its offset on.
 */
export function reportedTouchOffsetS(view: DeviceView): number | undefined {
  return (ownTouch(view) ?? latest(touches(view)))?.offsetS
}
