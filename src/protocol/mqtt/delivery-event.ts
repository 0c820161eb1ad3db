import type { Change } from '../delivery/change.ts'

/** What the event entity tells of a change that did not reach its thermostat; undefined for others. */
export function deliveryEvent(change: Change): string | undefined {
  if (change.state !== 'ignored' && change.state !== 'expired') return undefined
  const { temperature_lock_pin_hash: _secret, ...fields } = change.fields
  return JSON.stringify({
    event_type: change.state,
    command: change.command,
    fields,
    reason: change.reason,
    change: change.commandId,
  })
}
