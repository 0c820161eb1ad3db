import type { Bucket } from '../bucket.ts'
import { type Contact, recordContact } from '../thermostat/contact.ts'
import type { Decision, DecisionInput } from '../thermostat/decision.ts'
import { Draft } from '../thermostat/draft.ts'
import { takeDeviceWrite } from './device-data.ts'
import type { PutRequest } from './put-request.ts'

/**
 * A put (section 5): merges each bucket, and compares the open changes of that bucket with it. Replies
 * with the buckets as they are now, for the receipts (`U5`).
 *
 * @throws NleError `too_large`; then nothing of the put is written
 */
export function decidePut(
  input: DecisionInput,
  contact: Contact,
  request: PutRequest,
): Decision<Bucket[]> {
  const draft = new Draft(input)
  recordContact(draft, contact)
  return draft.decision(request.objects.map((object) => takeDeviceWrite(draft, object)))
}
