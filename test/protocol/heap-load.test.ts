import t from 'tap'
import { type HeapLoad, heapLoad } from '../../src/protocol/heap-load.ts'

t.test('the load begins at a share of the limit and ends at a smaller one', async (t) => {
  const table: readonly [percent: number, before: HeapLoad, now: HeapLoad][] = [
    [10, 'plenty', 'plenty'],
    [59, 'plenty', 'plenty'],
    [60, 'plenty', 'tight'],
    [50, 'tight', 'tight'],
    [49, 'tight', 'plenty'],
    [79, 'tight', 'tight'],
    [80, 'tight', 'full'],
    [80, 'plenty', 'full'],
    [70, 'full', 'full'],
    [69, 'full', 'tight'],
    [49, 'full', 'plenty'],
  ]
  for (const [percent, before, now] of table) {
    const use = { usedBytes: percent * 1000, limitBytes: 100_000 }
    t.equal(heapLoad(use, before), now, `${percent} % after ${before}`)
  }
})
