import t from 'tap'
import {
  holdMs,
  pushDocument,
  transportHeaders,
  versionObjects,
} from '../../../src/protocol/transport/wire.ts'
import { bucket, fixture, NOW_MS, SHARED } from '../make.ts'

t.test('S6: the field order the firmware accepts', async (t) => {
  const { push } = fixture('pairing')
  const buckets = push.objects.map((object: (typeof push)['objects'][number]) => ({
    value: object.value,
    objectKey: object.object_key,
    timestamp: object.object_timestamp,
    revision: object.object_revision,
  }))
  t.equal(pushDocument(buckets), JSON.stringify(push), 'the push of the seeds, byte for byte')
})

t.test('U5: a receipt never has a value', async (t) => {
  t.equal(
    JSON.stringify(versionObjects([bucket(SHARED, { secret: 1 }, { timestamp: 7 })])),
    `{"objects":[{"object_revision":5,"object_timestamp":7,"object_key":"${SHARED}"}]}`,
  )
})

t.test('S2: the headers of every answer', async (t) => {
  const times = { suspendTimeMaxS: 300, deferDeviceWindowS: 15, disableDeferWindowS: 60 }
  const headers = {
    'X-nl-suspend-time-max': '300',
    'X-nl-service-timestamp': String(NOW_MS),
    'X-nl-defer-device-window': '15',
  }
  t.strictSame(transportHeaders(times, NOW_MS + 0.9, false), headers)
  t.strictSame(transportHeaders(times, NOW_MS, true), {
    ...headers,
    'X-nl-disable-defer-window': '60',
  })
})

t.test('S4: a subscription is held ten seconds less than the device sleeps', async (t) => {
  t.equal(holdMs(300), 290_000)
  t.equal(holdMs(350), 340_000)
  t.equal(holdMs(10), 5_000, 'at least half as long as the device sleeps')
})
