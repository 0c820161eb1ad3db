import { rememberPolled } from '../pairing/polled-pairing.ts'
import { type Decision, type DecisionInput, onlyReply } from '../thermostat/decision.ts'
import { Draft } from '../thermostat/draft.ts'
import { openChanges } from '../thermostat/state.ts'
import type { Push } from '../transport/hold.ts'
import { expire } from './change.ts'
import { sent } from './delivery.ts'
import { deliverChanges, pushNow, pushToHeld } from './push.ts'

/**
 * A retry that is due: pushes queued changes, and unconfirmed schedules, to the held connections. Other
 * changes that were sent wait for the thermostat's next subscribe (`D3`, `D6`). Replies whether any
 * goes out.
 */
export function decideRetry(input: DecisionInput): Decision<boolean> {
  const draft = new Draft(input)
  if (input.held.polls) return draft.decision(pushNextToPoll(draft))
  const due = draft.openChanges.filter(
    ({ state, kind }) => state === 'queued' || kind === 'schedule',
  )
  return draft.decision(pushToHeld(draft, due))
}

/**
 * A poll follows each push at once, so an unconfirmed change waits on a held poll for its turn to be sent
 * again (`D3`, `V5`).
 */
function pushNextToPoll(draft: Draft): boolean {
  const [next] = deliverChanges(draft, new Map())
  return next !== undefined && pushNow(draft, [next])
}

/**
 * Pushes all queued changes now (`POST /notify-device`). Replies with the number of connections that
 * get the push, undefined for a thermostat that is not on file.
 */
export function decideNotify(input: DecisionInput): Decision<number | undefined> {
  if (input.state.device === undefined) return onlyReply(input, undefined)
  const draft = new Draft(input)
  const queued = draft.openChanges.filter(({ state }) => state === 'queued')
  return draft.decision(pushToHeld(draft, queued) ? input.held.count : 0)
}

/**
 * A push was written to a connection: marks the changes that it carries as sent (`D1`).
 *
 * @param byPoll - whether it answered a poll of transport v3
 */
export function decideSent(input: DecisionInput, push: Push, byPoll: boolean): Decision<undefined> {
  const draft = new Draft(input)
  if (byPoll) rememberPolled(draft, push)
  for (const { changeId, timestamp } of push.carries) {
    const change = draft.openChanges.find(({ id }) => id === changeId)
    if (change === undefined) continue
    const stored = draft.bucket(change.objectKey)
    const next = sent(change, timestamp, stored?.timestamp ?? 0, input.now)
    if (next.state !== change.state || next.sends !== change.sends) draft.saveChange(next)
  }
  return draft.decision(undefined)
}

/** Ends the changes that have expired (`D4`). */
export function decideExpiry(input: DecisionInput): Decision<undefined> {
  const draft = new Draft(input)
  for (const change of expire(openChanges(input.state), input.now)) draft.saveChange(change)
  return draft.decision(undefined)
}
