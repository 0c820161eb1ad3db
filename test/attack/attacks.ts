import type { Attack } from './attack.ts'
import { brimful } from './attacks/brimful.ts'
import { guessing } from './attacks/guessing.ts'
import { locked } from './attacks/locked.ts'
import { logFlood } from './attacks/log-flood.ts'
import { pipelining } from './attacks/pipelining.ts'
import { quiet } from './attacks/quiet.ts'
import { rowFlood } from './attacks/row-flood.ts'
import { slowReaders } from './attacks/slow-readers.ts'
import { smallHeap } from './attacks/small-heap.ts'
import { twoServers } from './attacks/two-servers.ts'

/** Every attack by the name that the command line takes. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  quiet,
  guessing,
  brimful,
  pipelining,
  'slow-readers': slowReaders,
  'log-flood': logFlood,
  'row-flood': rowFlood,
  'two-servers': twoServers,
  locked,
  'small-heap': smallHeap,
}
