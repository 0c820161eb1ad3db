import { type Change, isOpenChange } from '../../protocol/delivery/change.ts'
import { nameOf } from '../../protocol/view/view-of.ts'
import type { Store } from '../../store/store.ts'
import type { Finding } from './finding.ts'
import type { Subject } from './subject.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** Two at once are normal for a moment (`S7`). */
const MANY_SUBSCRIPTIONS = 2
/** A connected thermostat takes a change within seconds, a sleeping one within a hold. */
const STUCK_MS = 15 * MINUTE_MS
/** Older ones have ended long ago. */
const RECENT_COMMANDS = 500

/** Each thermostat's last contact and its number of connections. */
export async function checkThermostats(
  { status, nowMs }: Subject,
  store: Store,
): Promise<Finding[]> {
  const known = await store.thermostats()
  if (known.length === 0) {
    return [{ check: 'thermostats', level: 'note', message: 'none has called yet' }]
  }
  const states = await Promise.all(known.map(({ serial }) => store.load(serial)))
  return states.flatMap((state): Finding[] => {
    const { serial } = state
    const name = nameOf(state, nowMs)
    const who = name === serial ? serial : `${name} (${serial})`
    if (state.owner === undefined) {
      return [{ check: 'thermostat', level: 'note', message: `${who} is not paired: nle pair` }]
    }
    const live = status?.find((each) => each.serial === serial)
    const told = typeof live?.last_seen === 'string' ? Date.parse(live.last_seen) : Number.NaN
    const seenMs = Number.isNaN(told) ? (state.device?.lastSeenAtMs ?? 0) : told
    const last = `${who} called last ${age(nowMs - seenMs)} ago`
    // Without a server no thermostat can call.
    if (live === undefined) return [{ check: 'thermostat', level: 'note', message: last }]
    if (live.is_available !== true) {
      return [
        {
          check: 'thermostat',
          level: 'warning',
          message: last,
          mend: 'Wake it; then look at its battery (3.6 V or less and it leaves the network), at its Wi-Fi, and at the server it uses ("nle scan").',
        },
      ]
    }
    const held = Number(live.subscription_count)
    if (held > MANY_SUBSCRIPTIONS) {
      return [
        {
          check: 'thermostat',
          level: 'warning',
          message: `${who} holds ${held} connections at once`,
          mend: 'It connects anew without ending the last one: a proxy or the Wi-Fi drops idle connections. Lower SUSPEND_TIME_MAX.',
        },
      ]
    }
    return [{ check: 'thermostat', level: 'ok', message: last }]
  })
}

/** Changes that are stuck or were ignored. */
export async function checkChanges({ nowMs }: Subject, store: Store): Promise<Finding[]> {
  const changes = (await store.recentCommands(undefined, RECENT_COMMANDS)).flat()
  const open = changes.filter(isOpenChange)
  const stuck = open.filter(
    (change) => change.kind !== 'schedule' && nowMs - change.createdAtMs > STUCK_MS,
  )
  const ignored = changes.filter(
    ({ state, endedAtMs }) => state === 'ignored' && nowMs - (endedAtMs ?? 0) < DAY_MS,
  )
  const findings = [
    ...stuck.map((change) => ({ change, what: `waits since ${age(nowMs - change.createdAtMs)}` })),
    ...ignored.map((change) => ({ change, what: 'was ignored by the thermostat' })),
  ].map(
    ({ change, what }): Finding => ({
      check: 'change',
      level: 'warning',
      message: `${change.command} for ${change.serial} ${what}${sends(change)}`,
      mend: 'Wake the thermostat; if it stays so, restart it (Settings, Reset, Restart).',
    }),
  )
  const message = open.length > 0 ? `${open.length} on their way` : 'all have arrived'
  return findings.length > 0 ? findings : [{ check: 'changes', level: 'ok', message }]
}

function sends({ sends }: Change): string {
  return sends > 1 ? `, sent ${sends} times` : ''
}

function age(ms: number): string {
  if (ms < 2 * MINUTE_MS) return `${Math.max(0, Math.round(ms / 1000))} s`
  if (ms < 120 * MINUTE_MS) return `${Math.round(ms / MINUTE_MS)} min`
  return ms < 2 * DAY_MS ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / DAY_MS)} days`
}
