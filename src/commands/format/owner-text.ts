import type { JsonObject } from '../../protocol/bucket.ts'

/**
 * How to say whose a thermostat is: `yours` while all belong to one user, whose id says little (by default
 * it is that of Home Assistant); with several users the id.
 *
 * @param statuses - of all thermostats
 * @returns undefined for one that is not paired
 */
export function ownerNames(
  statuses: readonly JsonObject[],
): (status: JsonObject) => string | undefined {
  const users = new Set(statuses.flatMap((status) => ownerOf(status) ?? []))
  return (status) => {
    const owner = ownerOf(status)
    return owner === undefined || users.size > 1 ? owner : YOURS
  }
}

export const YOURS = 'yours'

function ownerOf({ owner }: JsonObject): string | undefined {
  return typeof owner === 'string' && owner !== '' ? owner : undefined
}
