import { bucketVersion, namedBucket, shownBucket } from '../../protocol/thermostat/named-bucket.ts'
import { unknownDevice } from '../thermostats/views.ts'
import type { ControlServices, SomeHandlers } from './handler.ts'
import { namedSerial } from './request-fields.ts'

/** What is on file, as thermostats sent it: `/api/buckets`, `GET /api/bucket`. */
export function bucketEndpoints({ core }: ControlServices) {
  const { store } = core
  return {
    /** `GET /api/buckets?serial=`: of one thermostat or of all, without the values. */
    async listBuckets({ query }) {
      const asked = query.get('serial')
      const serial = asked === null ? undefined : namedSerial(asked, 'Serial parameter required')
      if (serial !== undefined && (await store.load(serial)).device === undefined) {
        throw unknownDevice(serial)
      }
      const buckets = (await store.bucketSummaries(serial)).map((bucket) => ({
        ...bucketVersion(bucket),
        size: bucket.size,
      }))
      return { buckets, total: buckets.length }
    },

    /** `GET /api/bucket?serial=&object_key=&reveal=1`. */
    async getBucket({ query }) {
      const serial = namedSerial(query.get('serial'), 'Serial parameter required')
      const state = await store.load(serial)
      if (state.device === undefined) throw unknownDevice(serial)
      const bucket = namedBucket(state, query.get('object_key') ?? '')
      return shownBucket(serial, bucket, query.get('reveal') === '1')
    },
  } satisfies SomeHandlers
}
