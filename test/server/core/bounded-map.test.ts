import t from 'tap'
import { remember } from '../../../src/server/core/bounded-map.ts'

t.test('the newest are kept, and what is set again is new again', async (t) => {
  const map = new Map<string, number>()
  remember(map, 'a', 1, 2)
  remember(map, 'b', 2, 2)
  remember(map, 'a', 3, 2)
  remember(map, 'c', 4, 2)
  t.strictSame(
    [...map],
    [
      ['a', 3],
      ['c', 4],
    ],
  )
})
