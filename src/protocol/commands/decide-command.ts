import type { JsonObject } from '../bucket.ts'
import { expiryOf, supersede } from '../delivery/change.ts'
import { pushToHeld } from '../delivery/push.ts'
import { type Decision, type DecisionInput, onlyReply } from '../thermostat/decision.ts'
import { Draft } from '../thermostat/draft.ts'
import { openChanges } from '../thermostat/state.ts'
import { viewOf } from '../view/view-of.ts'
import { planCommand } from './plan-command.ts'

/** What became of a command when it was accepted. */
export interface AcceptedCommand {
  /** What `POST /command` answers as `data`. */
  readonly objectKey: string
  readonly values: JsonObject
  /** Id of the command; `/api/changes/{id}` tells the rest. */
  readonly changeId: number
  /** `pushed` when it went out on a held connection, `queued` when it waits for one or for its turn. */
  readonly delivery: 'pushed' | 'queued'
}

/**
 * A command (section 9) becomes pending changes (section 6), which go out on what is held. Replies
 * undefined for a thermostat that is not on file.
 *
 * @throws NleError `invalid`, and then nothing is written
 */
export function decideCommand(
  input: DecisionInput,
  command: unknown,
  value: unknown,
): Decision<AcceptedCommand | undefined> {
  const { state, now } = input
  const view = viewOf(state, now.wallMs)
  if (view === undefined) return onlyReply(input, undefined)
  const plan = planCommand(command, value, view)
  const draft = new Draft(input)
  const { changes, rest } = supersede(openChanges(state), plan.changes, plan.cancels, now)
  for (const change of changes) draft.saveChange(change)
  const requeued = rest.map((change) => draft.addChange(change, change.commandId))
  let commandId: number | undefined
  const fresh = plan.changes.map((planned) => {
    const times = { createdAtMs: now.wallMs, expiresAtSteadyMs: expiryOf(planned, now.steadyMs) }
    const change = draft.addChange({ ...planned, ...times }, commandId)
    commandId ??= change.commandId
    draft.announce(change)
    return change
  })
  const isPushed = pushToHeld(draft, [...requeued, ...fresh])
  return draft.decision({
    objectKey: plan.objectKey,
    values: plan.values,
    changeId: commandId ?? 0,
    delivery: isPushed ? 'pushed' : 'queued',
  })
}
