import type { JsonObject } from '../../protocol/bucket.ts'
import { type Change, isOpenChange } from '../../protocol/delivery/change.ts'
import { hasUploaded } from '../../protocol/view/has-uploaded.ts'
import { TIME_ZONE_MEND } from '../../protocol/view/time-zone.ts'
import { MAKE_IT_UPLOAD, NOT_UPLOADED, PARTLY_UPLOADED } from '../../protocol/view/upload-text.ts'
import { nameOf } from '../../protocol/view/view-of.ts'
import type { ViewedState } from '../../protocol/view/viewed-state.ts'
import { inTurns } from '../core/turns.ts'
import { type Finding, findingOf, type Subject } from './finding.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** Two at once are normal for a moment (`S7`). */
const MANY_SUBSCRIPTIONS = 2
/** A connected thermostat takes a change within seconds, a sleeping one within a hold. */
const STUCK_MS = 15 * MINUTE_MS
/** Older ones have ended long ago. */
const RECENT_COMMANDS = 500

/** Each thermostat's last contact and its number of connections. */
export async function checkThermostats({ store, live, nowMs }: Subject): Promise<Finding[]> {
  if (store === undefined) return []
  const serials = await store.serials()
  if (serials.length === 0) return [findingOf('thermostats')('note', 'none has called yet')]
  const findings = await inTurns(serials, async (serial) => {
    const state = await store.shown(serial)
    const status = await live?.status(serial)
    return [checkThermostat(state, status, nowMs), ...checkTimeZone(state, status, nowMs)]
  })
  return findings.flat()
}

/** Whether thermostat and server agree on the time of day. Without a server, nothing is said. */
function checkTimeZone(
  state: ViewedState,
  status: JsonObject | undefined,
  nowMs: number,
): Finding[] {
  const warning = status?.time_zone_warning
  if (state.owner === undefined || typeof warning !== 'string') return []
  const message = `${nameOf(state, nowMs)}: ${warning}`
  return [findingOf('time zone')('warning', message, TIME_ZONE_MEND)]
}

function checkThermostat(state: ViewedState, live: JsonObject | undefined, nowMs: number): Finding {
  const finding = findingOf('thermostat')
  const { serial } = state
  const name = nameOf(state, nowMs)
  const who = name === serial ? serial : `${name} (${serial})`
  const uploaded = hasUploaded(state)
  if (state.owner === undefined) {
    const also = uploaded ? '' : ` and ${NOT_UPLOADED}`
    return finding('note', `${who} is not paired${also}: nle pair`)
  }
  const told = typeof live?.last_seen === 'string' ? Date.parse(live.last_seen) : Number.NaN
  const seenMs = Number.isNaN(told) ? (state.device?.lastSeenAtMs ?? 0) : told
  const last = `${who} called last ${age(nowMs - seenMs)} ago`
  // Without a server no thermostat can call.
  if (live === undefined) {
    return finding('note', uploaded ? last : `${last} and ${NOT_UPLOADED}`)
  }
  if (live.is_available !== true) {
    const mend =
      'Wake it; then look at its battery (3.6 V or less and it leaves the network), at its Wi-Fi, and at the server it uses ("nle scan").'
    return finding('warning', last, mend)
  }
  if (!uploaded) return finding('warning', `${who} ${NOT_UPLOADED}`, MAKE_IT_UPLOAD)
  if ((state.device?.awaitedUploads.length ?? 0) > 0) {
    return finding('warning', `${who} ${PARTLY_UPLOADED}`, MAKE_IT_UPLOAD)
  }
  const held = Number(live.subscription_count)
  if (held <= MANY_SUBSCRIPTIONS) return finding('ok', last)
  const mend =
    'It connects anew without ending the last one: a proxy or the Wi-Fi drops idle connections. Lower SUSPEND_TIME_MAX.'
  return finding('warning', `${who} holds ${held} connections at once`, mend)
}

/** Changes that are stuck or were ignored. */
export async function checkChanges({ nowMs, store }: Subject): Promise<Finding[]> {
  if (store === undefined) return []
  const changes = (await store.recentCommands(undefined, RECENT_COMMANDS)).flat()
  const open = changes.filter(isOpenChange)
  const stuck = open.filter(
    (change) => change.kind !== 'schedule' && nowMs - change.createdAtMs > STUCK_MS,
  )
  const ignored = changes.filter(
    ({ state, endedAtMs }) => state === 'ignored' && nowMs - (endedAtMs ?? 0) < DAY_MS,
  )
  const finding = (change: Change, what: string): Finding =>
    findingOf('change')(
      'warning',
      `${change.command} for ${change.serial} ${what}${sends(change)}`,
      'Wake the thermostat; if it stays so, restart it (Settings, Reset, Restart).',
    )
  if (stuck.length + ignored.length > 0) {
    return [
      ...stuck.map((change) => finding(change, `waits since ${age(nowMs - change.createdAtMs)}`)),
      ...ignored.map((change) => finding(change, 'was ignored by the thermostat')),
    ]
  }
  const message = open.length > 0 ? `${open.length} on their way` : 'all have arrived'
  return [findingOf('changes')('ok', message)]
}

function sends({ sends }: Change): string {
  return sends > 1 ? `, sent ${sends} times` : ''
}

function age(ms: number): string {
  if (ms < 2 * MINUTE_MS) return `${Math.max(0, Math.round(ms / 1000))} s`
  if (ms < 120 * MINUTE_MS) return `${Math.round(ms / MINUTE_MS)} min`
  return ms < 2 * DAY_MS ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / DAY_MS)} days`
}
