import { mayTake, whoGivesWay } from '../lan/shares.ts'
import { isRecent, secondsUntilPast } from '../last-minute.ts'

// Limits on new thermostats. Any client can make up serials: unpaired thermostats must not fill the disk, and
// made-up ones must not keep a real one out. So networks share the admissions and the places on file, and
// the thermostat silent for longest is evicted.

/** Unpaired thermostats on file, at most. */
export const MAX_UNPAIRED = 256
/** What each of them may store, bytes: a real one has some 20 kB before it is paired. */
export const MAX_UNPAIRED_BYTES = 256 * 1024

/**
 * Below this number on file no newcomer is refused: a house, or a test of many, comes up at once. No address
 * can have more than its share by then.
 */
export const FREE_PLACES = MAX_UNPAIRED / 2

/** Newcomers of one network in a minute. */
const MAX_FROM_ONE = 20
/** Newcomers in a minute; further ones must be the first of their network. */
const MAX_FROM_KNOWN = 60
/** Newcomers of all networks in a minute. */
const MAX_FROM_ALL = 256
/** A thermostat that shows its code asks again every few minutes. */
const SILENT_MS = 600_000
/** Stands for the networks of those without a request since the server started. */
const UNKNOWN = 'unknown'
/** When to try again for a place: by then others have fallen silent. */
const RETRY_FOR_PLACE_S = 60

/** The newcomers of the last minute, oldest first. */
export type RecentNewcomers = readonly { readonly network: string; readonly atSteadyMs: number }[]

/**
 * Whether a new thermostat is admitted now.
 *
 * @param taken - how many unpaired thermostats are on file
 * @param network - the network that the newcomer calls from
 * @returns the newcomers with this one, or when to try again
 */
export function admitNewcomer(
  newcomers: RecentNewcomers,
  taken: number,
  network: string,
  steadyMs: number,
): { newcomers: RecentNewcomers } | { retryAfterS: number } {
  const recent = newcomers.filter(({ atSteadyMs }) => isRecent(atSteadyMs, steadyMs))
  if (taken < FREE_PLACES) return { newcomers: recent }
  const own = recent.filter((each) => each.network === network)
  const most = own.length === 0 ? MAX_FROM_ALL : MAX_FROM_KNOWN
  const crowd = own.length >= MAX_FROM_ONE ? own : recent.length >= most ? recent : []
  const [oldest] = crowd
  return oldest === undefined
    ? { newcomers: [...recent, { network, atSteadyMs: steadyMs }] }
    : { retryAfterS: secondsUntilPast(oldest.atSteadyMs, steadyMs) }
}

/**
 * The same for several servers together, which count by the minute.
 *
 * @param own - the newcomers of this network in this minute, with this one
 * @param all - those of all networks
 */
export function areTooManyTogether(own: number, all: number): boolean {
  return own > MAX_FROM_ONE || all > (own <= 1 ? MAX_FROM_ALL : MAX_FROM_KNOWN)
}

/** An unpaired thermostat on file. */
export interface Unpaired {
  readonly serial: string
  /** The network of its last request; undefined without any since the server started. */
  readonly network: string | undefined
  /** Ms since its last request, or since the server started; 0 while it holds a subscription. */
  readonly silentMs: number
}

/**
 * Finds a place for a newcomer: a free one within the share of its network (`mayTake`), else that of the
 * thermostat silent for longest, if that is ten minutes, unless its network has fewer places than the
 * newcomer's will have; else one of the network with the most places, if that has more.
 *
 * @param unpaired - those on file; of equals the first one is evicted
 * @returns the serial to evict, undefined for a free place, or when to try again
 */
export function findPlace(
  unpaired: readonly Unpaired[],
  network: string,
): { evict: string | undefined } | { retryAfterS: number } {
  const groups = Map.groupBy(unpaired, (each) => each.network ?? UNKNOWN)
  const own = groups.get(network) ?? []
  if (mayTake(own.length, unpaired.length - own.length, MAX_UNPAIRED)) return { evict: undefined }
  const others = [...groups].filter(([each]) => each !== network)
  const rivals = others.filter(([, { length }]) => length > own.length)
  const [silent] = longestSilentFirst([...own, ...rivals.flatMap(([, group]) => group)])
  if (silent !== undefined && silent.silentMs >= SILENT_MS) return { evict: silent.serial }
  const crowded = whoGivesWay(
    others.map(([each, { length }]) => [each, length]),
    own.length,
  )
  const [first] = longestSilentFirst(groups.get(crowded ?? '') ?? [])
  return first === undefined ? { retryAfterS: RETRY_FOR_PLACE_S } : { evict: first.serial }
}

function longestSilentFirst(unpaired: readonly Unpaired[]): Unpaired[] {
  return [...unpaired].sort((a, b) => b.silentMs - a.silentMs)
}
