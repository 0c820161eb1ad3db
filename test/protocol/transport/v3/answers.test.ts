import t from 'tap'
import { bucketHeaders } from '../../../../src/protocol/transport/v3/bucket-headers.ts'
import { nestedVersions } from '../../../../src/protocol/transport/v3/nested-versions.ts'
import { DEVICE, SERIAL, SHARED } from '../../make.ts'

t.test('V1, V3: a receipt is nested, compact, and holds both marks and nothing else', async (t) => {
  const buckets = [
    { objectKey: SHARED, revision: 5, timestamp: 1_707_000_000_000, value: { a: 1 } },
    { objectKey: DEVICE, revision: 0, timestamp: 0, value: {} },
    { objectKey: 'where.a', revision: 1, timestamp: 2 },
    { objectKey: 'where.b', revision: 3, timestamp: 4 },
  ]
  t.equal(
    JSON.stringify(nestedVersions(buckets)),
    `{"shared":{"${SERIAL}":{"$version":5,"$timestamp":1707000000000}},` +
      `"device":{"${SERIAL}":{"$version":0,"$timestamp":0}},` +
      '"where":{"a":{"$version":1,"$timestamp":2},"b":{"$version":3,"$timestamp":4}}}',
  )
  t.strictSame(nestedVersions([]), {})
})

t.test('V6: headers name the bucket, a user id in any script included (P10)', async (t) => {
  t.strictSame(bucketHeaders({ objectKey: SHARED, revision: 5, timestamp: 7 }), {
    'X-nl-skv-key': SHARED,
    'X-nl-skv-version': '5',
    'X-nl-skv-timestamp': '7',
  })
  const { 'X-nl-skv-key': key = '' } = bucketHeaders({
    objectKey: 'user.家',
    revision: 1,
    timestamp: 1,
  })
  t.equal(Buffer.from(key, 'latin1').toString('utf8'), 'user.家')
})
