import type { DeviceView, OffsetAt } from './device-view.ts'
import { ownTouch } from './touch.ts'

/** An offset that the thermostat noted this long ago says nothing about where it is now, s. */
const MAX_TOUCH_AGE_S = 30 * 86_400
const MAX_ZONE_LENGTH = 64
/** Formats by time zone: to make one takes a hundred times as long as to use it. */
const FORMATS = new Map<string, Intl.DateTimeFormat | undefined>()
const MAX_FORMATS = 32
/** Offsets by time zone and quarter of an hour; no zone changes its offset in between. */
const OFFSETS = new Map<string, number | undefined>()
const MAX_OFFSETS = 1024
const QUARTER_MS = 900_000

/** The offsets from UTC of a thermostat and of the server at one instant, s east. */
interface Offsets {
  readonly thermostatS: number
  readonly serverS: number
}

/**
 * The offset of a time zone such as `Europe/Berlin` at an instant, s east of UTC; undefined for an unknown
 * name.
 *
 * @param atMs - ms since epoch
 */
export function zoneOffsetS(zone: string, atMs: number): number | undefined {
  if (zone.length > MAX_ZONE_LENGTH) return undefined
  const key = `${Math.floor(atMs / QUARTER_MS)} ${zone}`
  if (OFFSETS.has(key)) return OFFSETS.get(key)
  if (OFFSETS.size >= MAX_OFFSETS) OFFSETS.clear()
  const offsetS = readOffsetS(zone, atMs)
  OFFSETS.set(key, offsetS)
  return offsetS
}

function readOffsetS(zone: string, atMs: number): number | undefined {
  const parts = formatOf(zone)?.formatToParts(atMs)
  const name = parts?.find(({ type }) => type === 'timeZoneName')?.value
  const match = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(name ?? '')
  if (match === null) return undefined
  const [, sign, hours = 0, minutes = 0, seconds = 0] = match
  const offsetS = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  return sign === '-' ? -offsetS : offsetS
}

/** Undefined for an unknown zone. */
function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  if (FORMATS.has(zone)) return FORMATS.get(zone)
  if (FORMATS.size >= MAX_FORMATS) FORMATS.clear()
  let format: Intl.DateTimeFormat | undefined
  try {
    format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
  } catch {
    format = undefined
  }
  FORMATS.set(zone, format)
  return format
}

/** The name of the thermostat's time zone, as it or its home has it. */
function zoneOf({ device, structure }: DeviceView): string | undefined {
  return [device.time_zone, structure.time_zone].find(
    (zone) => typeof zone === 'string' && zone.trim() !== '',
  ) as string | undefined
}

/**
 * The thermostat's offset from UTC at any instant: that of its zone, else the last one it noted itself, moved
 * along when the server's own offset has changed since; the server's when it told neither.
 *
 * @param serverAt - the server's own offset
 */
export function thermostatOffset(view: DeviceView, serverAt: OffsetAt): OffsetAt {
  const zone = zoneOf(view)?.trim()
  if (zone !== undefined) return (atMs) => zoneOffsetS(zone, atMs) ?? serverAt(atMs)
  const touch = ownTouch(view)
  if (touch === undefined || view.nowMs / 1000 - touch.atS > MAX_TOUCH_AGE_S) return serverAt
  const apartS = touch.offsetS - serverAt(touch.atS * 1000)
  return (atMs) => serverAt(atMs) + apartS
}

/** Both offsets; undefined when the thermostat's is not known. */
function offsets(view: DeviceView, serverAt: OffsetAt): Offsets | undefined {
  const zone = zoneOf(view)
  if (zone !== undefined) {
    const thermostatS = zoneOffsetS(zone.trim(), view.nowMs)
    return thermostatS === undefined ? undefined : { thermostatS, serverS: serverAt(view.nowMs) }
  }
  const touch = ownTouch(view)
  if (touch === undefined || view.nowMs / 1000 - touch.atS > MAX_TOUCH_AGE_S) return undefined
  // At the time of the note: since then daylight saving may have begun or ended.
  return { thermostatS: touch.offsetS, serverS: serverAt(touch.atS * 1000) }
}

/** An offset as people write it: `UTC`, `UTC+05:30`. */
function utc(offsetS: number): string {
  if (offsetS === 0) return 'UTC'
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0')
  const beyond = Math.abs(offsetS)
  return `UTC${offsetS < 0 ? '-' : '+'}${two(beyond / 3600)}:${two((beyond % 3600) / 60)}`
}

/**
 * What to tell people when the clocks of thermostat and server show different times of day: the
 * thermostat runs its schedule by its own. Null when they agree, or when the thermostat's zone is not
 * known. Offsets are compared, because one zone has several names.
 *
 * @param serverAt - the server's own offset
 */
export function timeZoneWarning(view: DeviceView, serverAt: OffsetAt): string | null {
  const both = offsets(view, serverAt)
  if (both === undefined || both.thermostatS === both.serverS) return null
  return `its clock runs in ${utc(both.thermostatS)} and the server's in ${utc(both.serverS)}: schedules follow the thermostat's`
}

/** How to mend it. */
export const TIME_ZONE_MEND =
  'Set the right one: on the thermostat (Settings), or on this machine (timedatectl set-timezone; in a container the variable TZ).'
