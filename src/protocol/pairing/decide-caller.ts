import { type Decision, type DecisionInput, onlyReply } from '../thermostat/decision.ts'
import { Draft } from '../thermostat/draft.ts'
import { firstUsed } from './password.ts'
import { type Asker, hashToRemember, isPinned } from './password-rules.ts'

/** Another password is recorded once in this time: each write wears out the SD card. */
const NOTE_OTHER_MS = 3_600_000

/**
 * What a request's password says of its caller. `known`: it is the known one. `nameless`: neither it nor
 * the thermostat has a password. `refused`: another one is pinned. `accepted`: everything else (`I4`).
 */
export type Standing = 'known' | 'accepted' | 'nameless' | 'refused'

/**
 * A request under the serial of a thermostat. The first password of a paired one is remembered. While
 * passwords are not pinned, another one takes its place once the known one is silent: a factory reset
 * changes the password, and a thermostat must not be locked out by the old one when it is pinned later.
 */
export function decideCaller(input: DecisionInput, asker: Asker): Decision<Standing> {
  const { state, now } = input
  const { owner, device, password: known } = state
  if (owner === undefined || device === undefined) return onlyReply(input, 'accepted')
  if (known !== undefined && asker.password.matches(known)) return onlyReply(input, 'known')
  if (known !== undefined && isPinned(state, asker.pinsAll)) return onlyReply(input, 'refused')
  const nowMs = Math.floor(now.wallMs)
  const draft = new Draft(input)
  const isFree = known === undefined || asker.knownIsSilent
  const hash = isFree ? hashToRemember(state, asker.password) : null
  if (hash !== null) {
    draft.setPassword(firstUsed(hash, now))
    if (known === undefined) draft.note('info', 'password of the thermostat remembered')
    else {
      draft.note(
        'warn',
        'a thermostat has another password now: it was reset, or something else claims to be it',
      )
    }
    return draft.decision('known')
  }
  if (known === undefined) return onlyReply(input, 'nameless')
  if (Math.abs(nowMs - (known.otherSeenAtMs ?? 0)) < NOTE_OTHER_MS) {
    return onlyReply(input, 'accepted')
  }
  draft.setPassword({ ...known, otherSeenAtMs: nowMs })
  return draft.decision('accepted')
}

/**
 * Pins a paired thermostat to its known password, or ends that. Replies false when no password is known,
 * undefined for a thermostat that is not on file.
 */
export function decidePin(input: DecisionInput, isPinned: boolean): Decision<boolean | undefined> {
  const { device, password } = input.state
  if (device === undefined) return onlyReply(input, undefined)
  if (isPinned && password === undefined) return onlyReply(input, false)
  if (device.isPinned === isPinned) return onlyReply(input, true)
  const draft = new Draft(input)
  draft.setDevice({ ...device, isPinned })
  draft.note('info', isPinned ? 'thermostat pinned to its password' : 'thermostat not pinned')
  draft.markChanged()
  return draft.decision(true)
}

/**
 * Forgets the password of a thermostat; a pinned one is pinned to the next. Replies whether one was
 * remembered, undefined for a thermostat that is not on file.
 */
export function decideRepin(input: DecisionInput): Decision<boolean | undefined> {
  const { device, password } = input.state
  if (device === undefined) return onlyReply(input, undefined)
  if (password === undefined) return onlyReply(input, false)
  const draft = new Draft(input)
  draft.setPassword(null)
  draft.note('info', 'password of the thermostat forgotten')
  draft.markChanged()
  return draft.decision(true)
}
