// How callers share what is limited: connections, event streams, places of unpaired thermostats, memory. One
// address can take at most half of what the others leave, so that there is always some for the next one.

/** Whether an address has no more than its share. */
export function isShare(own: number, takenByOthers: number, total: number): boolean {
  return own <= (total - takenByOthers) / 2
}

/**
 * Whether an address may take one more place. The first one is always its share.
 *
 * @param own - places that it has
 * @param takenByOthers - places that all others have
 */
export function mayTake(own: number, takenByOthers: number, total: number): boolean {
  return own === 0 ? takenByOthers < total : isShare(own + 1, takenByOthers, total)
}

/**
 * The address that gives a place up, so that another one gets it: the one with most, if that has more than
 * the newcomer will have. Undefined when there is none: then the newcomer itself has to do with less.
 *
 * @param counts - places by address, without that for the newcomer
 */
export function whoGivesWay(
  counts: Iterable<readonly [address: string, places: number]>,
  own: number,
): string | undefined {
  let most = own + 1
  let crowded: string | undefined
  for (const [address, places] of counts) {
    if (places > most) [crowded, most] = [address, places]
  }
  return crowded
}
