/**
 * How full the memory of the process is: `tight` leaves room for small requests only, `full` for none. A process
 * that goes on beyond that is ended by the system, and every held connection with it.
 */
export type HeapLoad = 'plenty' | 'tight' | 'full'

/** What is used and what there may be, bytes. */
export interface HeapUse {
  readonly usedBytes: number
  readonly limitBytes: number
}

/** The shares at which each load begins, and to which it has to fall before it ends. */
const TIGHT = { begins: 0.6, ends: 0.5 }
const FULL = { begins: 0.8, ends: 0.7 }

/** The load now. It ends later than it begins, so that it does not change with every request. */
export function heapLoad({ usedBytes, limitBytes }: HeapUse, before: HeapLoad): HeapLoad {
  const share = usedBytes / limitBytes
  if (share >= (before === 'full' ? FULL.ends : FULL.begins)) return 'full'
  return share >= (before === 'plenty' ? TIGHT.begins : TIGHT.ends) ? 'tight' : 'plenty'
}
