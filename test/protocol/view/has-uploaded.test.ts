import t from 'tap'
import { hasUploaded } from '../../../src/protocol/view/has-uploaded.ts'
import { statusOf } from '../../../src/protocol/view/view-of.ts'
import { bucket, change, DEVICE, NOW_MS, SHARED, state } from '../make.ts'

t.test('section 4: a state is uploaded once both shared and device are on file', async (t) => {
  const shared = bucket(SHARED, { target_temperature: 20 })
  const device = bucket(DEVICE, { current_humidity: 40 })
  t.equal(hasUploaded(state({})), false)
  t.equal(hasUploaded(state({}, shared)), false)
  t.equal(hasUploaded(state({}, device)), false)
  t.equal(hasUploaded(state({}, shared, bucket(DEVICE, {}))), false, 'an empty one tells nothing')
  t.equal(hasUploaded(state({}, shared, device)), true)
  const waiting = state({ changes: [change()] }, device)
  t.equal(hasUploaded(waiting), false, 'a change on its way is no upload')
  t.match(statusOf(waiting, { isAvailable: true, lastSeenMs: NOW_MS }, NOW_MS), {
    has_uploaded: false,
  })
})
