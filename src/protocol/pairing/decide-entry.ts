import type { Bucket } from '../bucket.ts'
import { type Contact, recordContact } from '../thermostat/contact.ts'
import type { Decision, DecisionInput } from '../thermostat/decision.ts'
import { Draft } from '../thermostat/draft.ts'
import { missingPairingBuckets } from './pairing-buckets.ts'
import { withPairingUntold } from './polled-pairing.ts'

/**
 * A thermostat asks for the service URLs (section 2). Replies with the buckets that go along with them:
 * those that keep a paired thermostat paired (`E7`). A poll pushes them again after that (`V8`).
 *
 * @param isTrusted - whether the caller has shown to be the thermostat; any other gets no bucket
 */
export function decideEntry(
  input: DecisionInput,
  contact: Contact,
  isTrusted: boolean,
): Decision<readonly Bucket[]> {
  const draft = new Draft(input)
  recordContact(draft, contact)
  const { device } = draft
  if (!isTrusted || device === undefined) return draft.decision([])
  const untold = withPairingUntold(device)
  if (untold !== device) draft.setDevice(untold)
  return draft.decision(missingPairingBuckets(draft, device.structureKey ?? undefined))
}
