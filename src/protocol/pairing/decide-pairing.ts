import { type JsonObject, nextTimestamp } from '../bucket.ts'
import { type Contact, recordContact } from '../thermostat/contact.ts'
import { type Decision, type DecisionInput, onlyReply } from '../thermostat/decision.ts'
import { Draft } from '../thermostat/draft.ts'
import { claimedKeyOf, openKeyOf, type ThermostatState } from '../thermostat/state.ts'
import { claimBuckets, DEFAULT_STRUCTURE_KEY, structureValue } from './claim.ts'
import { NO_DIALOG, PAIRING_DIALOG, setDialog, showDialog } from './dialog.ts'
import {
  claimRefusal,
  type EntryKey,
  keyDecision,
  keyExpiry,
  passphraseStatus,
  wireExpiry,
} from './entry-key.ts'
import { firstUsed, isSameHash } from './password.ts'
import {
  type Asker,
  codeRefusal,
  hashToRemember,
  isPairedAnew,
  PAIRED_ANEW,
} from './password-rules.ts'
import { withPairingUntold } from './polled-pairing.ts'

/** The answer to a request for the key, or why there is none. */
export type PassphraseReply =
  | { readonly value: string; readonly expires: number }
  | { readonly refused: 'wait' | 'other asker' }

/**
 * A thermostat asks for the key that it shows on its screen (`P1` to `P4`).
 *
 * @param freshCode - a code that no key on file has, in case a new key is needed
 * @param ttlS - how long a key can be claimed, seconds
 */
export function decidePassphrase(
  input: DecisionInput,
  contact: Contact,
  { freshCode, ttlS }: { readonly freshCode: string; readonly ttlS: number },
  asker: Asker,
): Decision<PassphraseReply> {
  const { state, now } = input
  const refused = codeRefusal(state, asker, now.steadyMs)
  if (refused !== undefined) return onlyReply(input, { refused })
  const draft = new Draft(input)
  recordContact(draft, contact)
  const open = openKeyOf(state, now.steadyMs)
  const before = open ?? newKey(draft, freshCode)
  const key: EntryKey = {
    ...before,
    expiresAtSteadyMs: nextExpiry(open, now.steadyMs, ttlS),
    asker: nextAsker(draft, state, open, asker),
  }
  if (open?.expiresAtSteadyMs !== key.expiresAtSteadyMs || open.asker !== key.asker) {
    draft.putKey(key)
  }
  // A paired thermostat polls once more before it notices the claim; it must not show the dialog again.
  if (open === undefined && draft.owner === undefined) showDialog(draft, PAIRING_DIALOG)
  const isAnew = isPairedAnew({ ...state, entryKeys: [key] }, now.steadyMs)
  if (isAnew && !isPairedAnew(state, now.steadyMs)) {
    draft.note('warn', `a thermostat ${PAIRED_ANEW}`)
    draft.markChanged()
  }
  return draft.decision({ value: key.code, expires: wireExpiry(key, now) })
}

function newKey(draft: Draft, code: string): Omit<EntryKey, 'expiresAtSteadyMs' | 'asker'> {
  draft.note('info', 'entry key made, waiting to be claimed')
  return {
    code,
    serial: draft.serial,
    createdAtMs: Math.floor(draft.now.wallMs),
    claimedBy: null,
    claimedAtMs: null,
  }
}

/** A key from before the clock was set right must not stay open for years: then it is renewed, too. */
function nextExpiry(open: EntryKey | undefined, steadyMs: number, ttlS: number): number {
  const fullMs = Math.floor(keyExpiry(steadyMs, ttlS))
  const isReused = open !== undefined && keyDecision(open, steadyMs) === 'reuse'
  return isReused ? Math.min(open.expiresAtSteadyMs, fullMs) : fullMs
}

/**
 * The password that becomes the known one when the key is claimed: of those that ask for one code the
 * first; in place of a thermostat's password of before, the one it has since it was reset.
 */
function nextAsker(
  draft: Draft,
  state: ThermostatState,
  open: EntryKey | undefined,
  { password }: Asker,
): EntryKey['asker'] {
  const { owner, password: known } = state
  const first = open?.asker ?? null
  const isOutdated = isSameHash(first, known) && known !== undefined && !password.matches(known)
  if (first !== null && !isOutdated) return first
  const hash = hashToRemember(state, password)
  // The same hash in both places, so that they can be compared.
  if (owner !== undefined && known === undefined && hash !== null) {
    draft.setPassword(firstUsed(hash, draft.now))
  }
  return hash
}

/** A thermostat asks for the status of the key that it shows (`P7`). */
export function decidePassphraseStatus(
  input: DecisionInput,
  { password }: Pick<Asker, 'password'>,
): Decision<JsonObject> {
  const { state, now } = input
  const open = openKeyOf(state, now.steadyMs)
  const isOwnKey = open?.asker != null && password.matches(open.asker)
  // One that was reset asks about its new key; the claim of before is no news to it.
  const isAnew = isOwnKey && isPairedAnew(state, now.steadyMs)
  const claimed = isAnew ? undefined : claimedKeyOf(state)
  const draft = new Draft(input)
  if (typeof claimed?.claimedAtMs === 'number') draft.memory.toldOfClaim(claimed.claimedAtMs)
  return draft.decision(passphraseStatus({ claimed, open }, now))
}

/**
 * Whether the thermostat knows its owner: it lists its user bucket (`P11`), has asked for the status of its
 * key after the claim (`P7`), or has polled again after the push of its user bucket (`V8`).
 */
export function isPairingConfirmed({
  state,
  held,
  memory,
}: Pick<DecisionInput, 'state' | 'held' | 'memory'>): boolean {
  if (state.owner === undefined) return false
  const userKey = `user.${state.owner.userId}`
  const user = state.buckets.get(userKey)
  if (user !== undefined && held.listedTimestamp(userKey) >= user.timestamp) return true
  // Transport v3 never lists it; the structure is pushed to the poll that follows the one for the user.
  if (state.device?.polledPairing === 'both') return true
  const { toldClaimAtMs } = memory
  return toldClaimAtMs !== undefined && claimedKeyOf(state)?.claimedAtMs === toldClaimAtMs
}

/** The result of a claim; `subscriptions` counts the connections that get the push. */
export type ClaimResult =
  | { readonly success: true; readonly serial: string; readonly subscriptions: number }
  | { readonly success: false; readonly reason: 'unknown' | 'claimed' | 'expired' }

/**
 * Claims a key for a user (`P5`, `P9`, `P10`): writes the key, the owner and the pairing buckets in one
 * commit, and pushes the buckets in one body.
 *
 * @param code - in its normal form (`normalizeCode`)
 */
export function decideClaim(
  input: DecisionInput,
  code: string,
  userId: string,
): Decision<ClaimResult> {
  const { state, held, now } = input
  const key = state.entryKeys.find((each) => each.code === code)
  const refusal = claimRefusal(key, now.steadyMs)
  if (key === undefined || refusal !== undefined || state.device === undefined) {
    return onlyReply(input, { success: false, reason: refusal ?? 'unknown' })
  }
  const draft = new Draft(input)
  const { serial } = draft
  // Later than the claim before, although the clock may have run ahead then (`P7`).
  const claimedAtMs = nextTimestamp(now.wallMs, claimedKeyOf(state)?.claimedAtMs ?? 0)
  draft.putKey({ ...key, claimedBy: userId, claimedAtMs })
  if (state.owner !== undefined && state.owner.userId !== userId) {
    draft.deleteBucket(`user.${state.owner.userId}`)
  }
  draft.setOwner({ userId, createdAtMs: Math.floor(now.wallMs) })
  if (!isSameHash(key.asker, state.password)) {
    draft.setPassword(key.asker === null ? null : firstUsed(key.asker, now))
  }
  const structureKey = state.device.structureKey ?? DEFAULT_STRUCTURE_KEY
  draft.setDevice(withPairingUntold({ ...state.device, structureKey }))
  const [user, structure] = claimBuckets(
    { serial, userId, structureKey },
    { user: draft.bucket(`user.${userId}`), structure: draft.bucket(structureKey) },
    (objectKey) => held.listedTimestamp(objectKey),
    now.wallMs,
  )
  draft.putBucket(user, 'claimed')
  draft.putBucket(structure, 'claimed')
  // Earlier fields of the structure stay on file, but may be an old command to enter eco.
  const pairing = { ...structure, value: structureValue(structure.value, serial) }
  const dialog = setDialog(draft, NO_DIALOG)
  const emptied = dialog !== undefined && held.lists(dialog.objectKey) ? [dialog] : []
  draft.note('info', 'thermostat paired', { user: userId, subscriptions: held.count })
  draft.push({ objects: [user, pairing, ...emptied], carries: [] })
  return draft.decision({ success: true, serial, subscriptions: held.count })
}

/**
 * Empties the pairing dialog (`P13`). Replies whether there was one, undefined for a thermostat that is not
 * on file.
 */
export function decideDismissal(input: DecisionInput): Decision<boolean | undefined> {
  if (input.state.device === undefined) return onlyReply(input, undefined)
  const draft = new Draft(input)
  return draft.decision(showDialog(draft, NO_DIALOG) !== undefined)
}

/** Empties the pairing dialog of a thermostat without an open key (`P13`). */
export function decideKeyExpiry(input: DecisionInput): Decision<undefined> {
  const draft = new Draft(input)
  if (openKeyOf(input.state, input.now.steadyMs) === undefined) showDialog(draft, NO_DIALOG)
  return draft.decision(undefined)
}

/**
 * Unpairs a thermostat, which stays on file and can be paired again; its password is
 * forgotten, and it is not pinned any more. Replies false when this user does not
 * own it.
 */
export function decideRelease(input: DecisionInput, userId: string): Decision<boolean> {
  const { state } = input
  if (state.owner?.userId !== userId) return onlyReply(input, false)
  const draft = new Draft(input)
  draft.setOwner(null)
  draft.deleteKeys()
  draft.setPassword(null)
  if (state.device !== undefined) draft.setDevice({ ...state.device, isPinned: false })
  draft.deleteBucket(`user.${userId}`)
  draft.note('info', 'thermostat unpaired', { user: userId })
  return draft.decision(true)
}
