import { isRecent, secondsUntilPast } from '../last-minute.ts'

/**
 * Who may appear that nobody has heard of before. A serial is easily made up: thermostats that were
 * never paired must not fill the disk, and whoever makes them up must not keep a real one out. So turns
 * and places are shared out among the networks they call from, and who is silent makes room.
 */

/** Thermostats that were never paired, at most. */
export const MAX_UNPAIRED = 256
/** What they may keep on file, each: a real one has some 20 kB before it is paired. */
export const MAX_UNPAIRED_BYTES = 256 * 1024

/** While no more are taken nobody waits for a turn: a house, or a test of many, comes up at once. */
export const FREE_PLACES = MAX_UNPAIRED / 2

/** In a minute from one network. */
const MAX_FROM_ONE = 20
/** In a minute, from which on only networks that sent none yet get a turn. */
const MAX_FROM_THOSE = 60
/** In a minute, whoever they are. */
const MAX_FROM_ALL = 256
/** One that shows its code asks again every few minutes at the latest. */
const SILENT_MS = 600_000
/** When to try again for a place: by then some have fallen silent. */
const RETRY_FOR_ROOM_S = 60

/** Who appeared within the last minute, oldest first. */
export type Appearances = readonly { readonly network: string; readonly atSteadyMs: number }[]

/**
 * Whether a thermostat nobody has heard of may appear now.
 *
 * @param taken - places that are
 * @param network - where it calls from
 * @returns the appearances with it, or when to try again
 */
export function appear(
  appearances: Appearances,
  taken: number,
  network: string,
  steadyMs: number,
): { appearances: Appearances } | { retryAfterS: number } {
  const recent = appearances.filter(({ atSteadyMs }) => isRecent(atSteadyMs, steadyMs))
  if (taken < FREE_PLACES) return { appearances: recent }
  const own = recent.filter((each) => each.network === network)
  const inTheWay =
    own.length >= MAX_FROM_ONE
      ? own[0]
      : recent.length >= (own.length === 0 ? MAX_FROM_ALL : MAX_FROM_THOSE)
        ? recent[0]
        : undefined
  if (inTheWay === undefined) {
    return { appearances: [...recent, { network, atSteadyMs: steadyMs }] }
  }
  return { retryAfterS: secondsUntilPast(inTheWay.atSteadyMs, steadyMs) }
}

/** A thermostat that was never paired. */
export interface Unpaired {
  readonly serial: string
  /** Where it called from; undefined when it has not since the server started. */
  readonly network: string | undefined
  /** Since it was heard of, or since the server started; 0 while it holds a subscription. */
  readonly silentMs: number
}

/**
 * Who makes room for a newcomer when all places are taken. First whoever has been silent for long, but
 * nobody of a network with fewer places than the newcomer's will have; then one of the network with the
 * most, so long as that is more.
 *
 * @param unpaired - those on file, the one to go first among equals first
 */
export function makeRoom(
  unpaired: readonly Unpaired[],
  network: string,
): { forget: string } | { retryAfterS: number } {
  const groups = Map.groupBy(unpaired, (each) => each.network)
  const own = groups.get(network) ?? []
  const places = own.length + 1
  const others = [...groups.values()].filter((group) => group.length >= places)
  const silent = longestSilent([...own, ...others.flat()])
  if (silent !== undefined && silent.silentMs >= SILENT_MS) return { forget: silent.serial }
  const [most = []] = others.sort((a, b) => b.length - a.length)
  const goes = longestSilent(most)
  return goes !== undefined && most.length > places
    ? { forget: goes.serial }
    : { retryAfterS: RETRY_FOR_ROOM_S }
}

function longestSilent(unpaired: readonly Unpaired[]): Unpaired | undefined {
  const [first, ...rest] = unpaired
  return rest.reduce(
    (longest, each) => (each.silentMs > (longest?.silentMs ?? 0) ? each : longest),
    first,
  )
}
