import t from 'tap'
import {
  chooseUnknown,
  MAX_UNKNOWN_BYTES,
  type UnknownBucket,
} from '../../../src/protocol/transport/unknown-buckets.ts'

/** A quarter of all room, row included. */
const QUARTER = MAX_UNKNOWN_BYTES / 4 - 256

function bucket(objectKey: string, timestamp: number, isPaired = true): UnknownBucket {
  return { serial: '02AA01AC12345678', objectKey, timestamp, size: QUARTER, isPaired }
}

function chosen(buckets: readonly UnknownBucket[], listed: readonly string[] = []): string[] {
  const isListed = ({ objectKey }: UnknownBucket): boolean => listed.includes(objectKey)
  return chooseUnknown(buckets, isListed).map(({ objectKey }) => objectKey)
}

const PAIRED = [bucket('junk.4', 4), bucket('junk.1', 1), bucket('junk.3', 3), bucket('junk.2', 2)]

t.test('while there is room, no bucket of an unknown type is deleted', async (t) => {
  t.same(chosen([]), [])
  t.same(chosen(PAIRED), [])
})

t.test('beyond that the oldest are deleted, until a quarter of the room is free', async (t) => {
  t.same(chosen([...PAIRED, bucket('junk.5', 5)]), ['junk.1', 'junk.2'])
})

t.test('what a connection lists is deleted last', async (t) => {
  t.same(chosen([...PAIRED, bucket('junk.5', 5)], ['junk.1']), ['junk.2', 'junk.3'])
})

t.test('those of unpaired thermostats are deleted before those of paired ones', async (t) => {
  const unpaired = [bucket('made-up.8', 8, false), bucket('made-up.9', 9, false)]
  t.same(chosen([...PAIRED, ...unpaired.slice(1)], ['made-up.9']), ['made-up.9', 'junk.1'])
  t.same(chosen([...PAIRED.slice(0, 3), ...unpaired]), ['made-up.8', 'made-up.9'])
})
