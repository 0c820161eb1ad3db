import { ended } from '../delivery/change.ts'
import { type Decision, type DecisionInput, onlyReply } from './decision.ts'
import { Draft } from './draft.ts'
import { openKeyOf } from './state.ts'

/**
 * Deletes a thermostat with all of its data. Its open changes end first, so that clients that wait for
 * one of them learn of it. Replies with the number of its buckets, undefined for a thermostat that is
 * not on file.
 */
export function decideRemoval(input: DecisionInput): Decision<number | undefined> {
  if (input.state.device === undefined) return onlyReply(input, undefined)
  const draft = new Draft(input)
  for (const change of draft.openChanges) {
    draft.saveChange(ended(change, 'superseded', input.now, 'the thermostat was deleted'))
  }
  const buckets = input.state.buckets.size
  draft.remove()
  draft.note('info', 'thermostat deleted', { buckets })
  return draft.decision(buckets)
}

/** Removes an unpaired thermostat. Replies false for one that has been paired meanwhile, which stays. */
export function decideEviction(input: DecisionInput): Decision<boolean> {
  const { device, owner } = input.state
  if (device === undefined || owner !== undefined) return onlyReply(input, false)
  const draft = new Draft(input)
  draft.remove()
  return draft.decision(true)
}

/** What became of a thermostat that an operator wants forgotten; `length` is that of its buckets. */
export type Forgetting = { readonly type: 'forgotten'; readonly length: number } | { type: 'kept' }

/**
 * Forgets an unpaired thermostat. One that shows a code now is kept: a person may be about to pair it.
 *
 * @param withCode - forgets that one as well
 */
export function decideForgetting(input: DecisionInput, withCode: boolean): Decision<Forgetting> {
  const { state, now } = input
  const showsCode = openKeyOf(state, now.steadyMs) !== undefined
  const isKept = state.owner !== undefined || (showsCode && !withCode)
  if (state.device === undefined || isKept) return onlyReply(input, { type: 'kept' })
  const length = [...state.buckets.values()].reduce((sum, bucket) => sum + bucket.length, 0)
  const draft = new Draft(input)
  draft.remove()
  return draft.decision({ type: 'forgotten', length })
}
