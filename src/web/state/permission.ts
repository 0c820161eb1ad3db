import type { Status } from '../../api/shapes.ts'
import { access, mayControl } from './household.ts'

/** Whether commands may be sent to a thermostat: by this person, and because it is paired. */
export function maySend(status: Status | undefined): boolean {
  return mayControl() && status !== undefined && status.owner !== null
}

/** Changes when somebody else signs in, who asks for everything anew. */
export function personKey(): string {
  return `${access.value?.by} ${access.value?.scope} ${access.value?.owner}`
}

/** Whether this person may administer: pair, unpair and delete. */
export function mayAdminister(): boolean {
  return access.value?.scope === 'admin'
}
