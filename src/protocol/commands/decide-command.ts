import type { JsonObject } from '../bucket.ts'
import { type Change, expiryOf, supersede } from '../delivery/change.ts'
import { checkChangeRoom } from '../delivery/change-room.ts'
import { pushToHeld } from '../delivery/push.ts'
import type { GivenBy } from '../setpoint.ts'
import { type Decision, type DecisionInput, onlyReply } from '../thermostat/decision.ts'
import { Draft } from '../thermostat/draft.ts'
import { viewOf } from '../view/view-of.ts'
import { planCommand } from './plan-command.ts'

/** What became of a command when it was accepted. */
export interface AcceptedCommand {
  /** What `POST /command` answers as `data`. */
  readonly objectKey: string
  readonly values: JsonObject
  /** Whether a temperature was moved to what the thermostat takes. */
  readonly clamped: boolean
  /** Id of the command; `/api/changes/{id}` tells the rest. */
  readonly changeId: number
  /** `pushed` when it went out on a held connection, `queued` when it waits for one or for its turn. */
  readonly delivery: 'pushed' | 'queued'
}

/** One command as it came in, unchecked. */
export interface CommandRequest {
  readonly command: unknown
  readonly value: unknown
}

/**
 * Commands (section 9) become pending changes (section 6), which go out together on what is held. Replies
 * undefined for a thermostat that is not on file.
 *
 * @throws NleError `invalid` when one of them is, `rate_limited` when too many are on their way; then nothing
 * is written
 */
export function decideCommands(
  input: DecisionInput,
  requests: readonly CommandRequest[],
  givenBy: GivenBy,
): Decision<AcceptedCommand[] | undefined> {
  const { state, now } = input
  const view = viewOf(state, now.wallMs)
  if (view === undefined) return onlyReply(input, undefined)
  const plans = requests.map(({ command, value }) => planCommand(command, value, view, givenBy))
  const draft = new Draft(input)
  const waiting: Change[] = []
  for (const { givenName } of plans) {
    const { device } = draft
    if (givenName !== undefined && device !== undefined) draft.setDevice({ ...device, givenName })
  }
  // One after the other, so that of two commands for one field the later one counts.
  const changeIds = plans.map((plan) => {
    const { changes, rest } = supersede(draft.openChanges, plan.changes, plan.cancels, now)
    for (const change of changes) draft.saveChange(change)
    for (const change of rest) waiting.push(draft.addChange(change, change.commandId))
    let commandId: number | undefined
    for (const planned of plan.changes) {
      const times = { createdAtMs: now.wallMs, expiresAtSteadyMs: expiryOf(planned, now.steadyMs) }
      const change = draft.addChange({ ...planned, ...times }, commandId)
      commandId ??= change.commandId
      draft.announce(change)
      waiting.push(change)
    }
    return commandId ?? 0
  })
  checkChangeRoom(draft)
  const isPushed = pushToHeld(draft, waiting)
  const accepted = plans.map(({ objectKey, values, clamped }, i): AcceptedCommand => {
    const changeId = changeIds[i] ?? 0
    return { objectKey, values, clamped, changeId, delivery: isPushed ? 'pushed' : 'queued' }
  })
  return draft.decision(accepted)
}

/** The same for one command. */
export function decideCommand(
  input: DecisionInput,
  command: unknown,
  value: unknown,
  givenBy: GivenBy = 'client',
): Decision<AcceptedCommand | undefined> {
  const decision = decideCommands(input, [{ command, value }], givenBy)
  return { ...decision, reply: decision.reply?.[0] }
}
