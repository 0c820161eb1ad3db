import { isJsonObject, type WireObject } from '../json.ts'
import { armTimer, type Device, type HeldSchedule, note, violate, violateTiming } from './device.ts'
import type { DeviceBucket } from './device-bucket.ts'
import { changeLocally, deviceValue, sharedValue, waitToPutAll } from './local-changes.ts'

/** Two schedules closer than this break D6; a little under 15 s, for the server's own rounding. */
const TOO_CLOSE_MS = 14_500
const DAY_S = 86_400

/** A pushed schedule waits for quiet; each further one restarts the wait (section 10, D6). */
export function holdSchedule(device: Device, bucket: DeviceBucket, requestId: number): void {
  const before = device.heldSchedule
  if (before !== undefined) {
    // The same push on two held connections is right (S7); two pushes so close are not.
    const another = before.requestId === requestId || before.bucket.timestamp !== bucket.timestamp
    const gapMs = device.nowMs - before.receivedAtMs
    if (another && gapMs < TOO_CLOSE_MS) {
      violateTiming(device, 'D6', `two schedules within ${gapMs} ms`)
    }
  }
  // The full upload after a boot must not overwrite what the server is giving back.
  const withheldNow = device.waiting.get('boot')?.fields.delete(bucket.key) ?? false
  const withheld = withheldNow || before?.withheld === true
  device.heldSchedule = { bucket, requestId, receivedAtMs: device.nowMs, withheld }
  armTimer(device, 'scheduleQuiet', device.nowMs + device.profile.scheduleQuietMs)
}

/** The quiet period is over: apply the schedule, or ignore one that does not fit. */
export function applyHeldSchedule(device: Device): void {
  const held = device.heldSchedule
  if (held === undefined) return
  device.heldSchedule = undefined
  const { key, timestamp, revision, value } = held.bucket
  const own = device.buckets.get(key)
  const newer = own === undefined || timestamp > own.timestamp
  const equal = timestamp === own?.timestamp && revision > own.revision
  const problem = scheduleProblem(value)
  if (problem !== undefined) violate(device, '§7', problem)
  if (!newer && !equal) ignore(device, held, 'a newer one of its own')
  else if (problem !== undefined) ignore(device, held, problem)
  else if (!fitsMode(value, scheduleModeOf(device))) {
    ignore(device, held, 'the thermostat follows another schedule mode')
  } else {
    device.buckets.set(key, held.bucket)
    // A full upload in flight may overwrite it on the server with the old one.
    const crossed = device.putInFlight?.fields.has(key) ?? false
    const overtaken = held.withheld || (crossed && device.profile.putsAgainAfterCrossing)
    if (overtaken) waitToPutAll(device, held.bucket)
    const { schedule_mode: mode } = value
    if (typeof mode === 'string' && mode !== deviceValue(device).current_schedule_mode) {
      changeLocally(device, 'device', { current_schedule_mode: mode }, 'change')
    }
    note(device, { kind: 'scheduleApplied', key, timestamp })
  }
}

function ignore(device: Device, held: HeldSchedule, why: string): void {
  note(device, { kind: 'scheduleIgnored', key: held.bucket.key, why })
  const own = device.buckets.get(held.bucket.key)
  if (held.withheld && own !== undefined) waitToPutAll(device, own)
}

/** What it was told last; real uploads have no `shared.schedule_mode` before (section 9). */
function scheduleModeOf(device: Device): unknown {
  return sharedValue(device).schedule_mode ?? deviceValue(device).current_schedule_mode
}

/** An empty schedule fits every mode. */
function fitsMode(schedule: WireObject, mode: unknown): boolean {
  const empty = isJsonObject(schedule.days) && Object.keys(schedule.days).length === 0
  return empty || schedule.schedule_mode === mode
}

/** What is wrong with a schedule in itself (section 7), or undefined. */
function scheduleProblem(schedule: WireObject): string | undefined {
  const { days, schedule_mode: mode } = schedule
  if (!isJsonObject(days)) return 'the schedule has no days in the keyed form'
  for (const [day, entries] of Object.entries(days)) {
    if (!/^[0-6]$/.test(day)) return `the schedule has a day ${day}`
    if (!isJsonObject(entries)) return `day ${day} of the schedule is not in the keyed form`
    const list = Object.values(entries)
    if (list.length > 96) return `day ${day} of the schedule has ${list.length} entries`
    for (const entry of list) {
      const problem = isJsonObject(entry) ? entryProblem(entry, mode) : 'is not an object'
      if (problem !== undefined) return `an entry of day ${day} ${problem}`
    }
  }
  return undefined
}

function entryProblem(entry: WireObject, mode: unknown): string | undefined {
  const { time, type } = entry
  if (type !== mode) return `is ${String(type)} in a ${String(mode)} schedule`
  if (typeof time !== 'number' || time < 0 || time >= DAY_S) return `has time ${String(time)}`
  if (entry.entry_type !== 'setpoint' && entry.entry_type !== 'continuation') {
    return `has entry_type ${String(entry.entry_type)}`
  }
  const temperatures = mode === 'RANGE' ? [entry['temp-min'], entry['temp-max']] : [entry.temp]
  return temperatures.every((value) => typeof value === 'number') ? undefined : 'has no temperature'
}
