import type { Random } from '../simulation/random.ts'

/** What is done to a server, or to the database of all. */
const HARMS = [
  ...(['killed', 'killed', 'killed', 'killed', 'killed'] as const),
  /** SIGTERM: it hands over its thermostats first. */
  ...(['drained', 'drained'] as const),
  /** SIGSTOP, for some seconds. */
  ...(['paused', 'paused'] as const),
  /** From the database: nothing arrives, and nothing is refused. */
  ...(['partitioned', 'partitioned'] as const),
  /** The connections of all servers to the database. */
  'cut off',
  ...(['database restarted', 'database crashed'] as const),
] as const

/** Only in runs that are long enough for it. */
const LONG = 'paused for a minute'

export type Harm = (typeof HARMS)[number] | typeof LONG

/** Whether it is done to the database, and not to one server. */
export function isOfDatabase(harm: Harm): boolean {
  return harm === 'cut off' || harm === 'database restarted' || harm === 'database crashed'
}

/** Harms without end, in an order that the seed decides: all of them, then all of them again. */
export function* harmsInTurn(random: Random, isLong: boolean): Generator<Harm, never> {
  for (;;) {
    const left: Harm[] = isLong ? [...HARMS, LONG] : [...HARMS]
    while (left.length > 0) {
      const [harm] = left.splice(random.int(left.length), 1)
      if (harm !== undefined) yield harm
    }
  }
}
