import t from 'tap'
import { HeardChanges } from '../../../src/store/postgres/heard-changes.ts'
import { OTHER, SERIAL } from '../store-suite.ts'

const UNTIL_MS = 10_000

/** What is told after a gap, with these versions on file, and known here since the given times. */
async function toldAfterGap(
  onFile: Readonly<Record<string, number>>,
  known: Readonly<Record<string, { version: number; sinceMs: number }>>,
): Promise<string[]> {
  const told: string[] = []
  const changes = new HeardChanges(
    { known: (serial) => known[serial], forget: () => {} },
    async () => new Map(Object.entries(onFile)),
  )
  changes.listen({ changed: (serials) => told.push(...serials), held: () => [SERIAL, OTHER] })
  changes.connected(undefined)
  changes.connected(UNTIL_MS)
  await new Promise((resolve) => setImmediate(resolve))
  return told
}

const LONG_AGO = { version: 7, sinceMs: UNTIL_MS }

t.test('after a gap in what was heard, tells of what was written meanwhile', async (t) => {
  const onFile = { [SERIAL]: 7, [OTHER]: 7 }
  const both = { [SERIAL]: LONG_AGO, [OTHER]: LONG_AGO }
  t.strictSame(await toldAfterGap(onFile, both), [], 'nothing was')
  t.strictSame(await toldAfterGap({ ...onFile, [OTHER]: 8 }, both), [OTHER])
  t.strictSame(await toldAfterGap(onFile, { [SERIAL]: LONG_AGO }), [OTHER], 'it is not remembered')
  t.strictSame(await toldAfterGap({ [SERIAL]: 7 }, both), [OTHER], 'it was removed')
})

t.test('what was read in the gap counts as written: nobody has told of it', async (t) => {
  const known = { [SERIAL]: LONG_AGO, [OTHER]: { version: 8, sinceMs: UNTIL_MS + 1 } }
  t.strictSame(await toldAfterGap({ [SERIAL]: 7, [OTHER]: 8 }, known), [OTHER])
})
