import fc from 'fast-check'
import t from 'tap'
import type { JsonObject, JsonValue } from '../../../src/protocol/bucket.ts'
import type { ThermostatState } from '../../../src/protocol/thermostat/state.ts'
import { shownCost, shownState } from '../../../src/protocol/view/shown-state.ts'
import { statusOf } from '../../../src/protocol/view/view-of.ts'
import type { ViewedState } from '../../../src/protocol/view/viewed-state.ts'
import { upload } from '../../helpers/uploads.ts'
import {
  bucket,
  change,
  DEVICE,
  NOW_MS,
  SCHEDULE,
  SERIAL,
  SHARED,
  sentChange,
  state,
} from '../make.ts'

const STRUCTURE = 'structure.default'
const ROOM = '00000000-0000-0000-0000-00010000aaaa'
const { shared, device, schedule } = upload('display-5.9.4')
const where = { wheres: [{ where_id: ROOM, name: 'Attic', more: 'x' }, { where_id: 'other' }] }
const real = (over: Partial<Omit<ThermostatState, 'buckets'>> = {}): ThermostatState =>
  state(
    over,
    bucket(DEVICE, { ...device, where_id: ROOM }),
    bucket(SHARED, { ...shared, name: '', label: '' }),
    bucket(SCHEDULE, schedule),
    bucket(STRUCTURE, { away: true, time_zone: 'Europe/Berlin' }),
    bucket('where.1', where),
    bucket('junk.1', { a: 1 }),
  )

function status(of: ViewedState): JsonObject | undefined {
  const around = {
    outdoor: undefined,
    steadyMs: NOW_MS,
    pinsAll: false,
    localOffsetS: () => 0,
  }
  return statusOf(of, { isAvailable: true, lastSeenMs: NOW_MS }, NOW_MS, around)
}

t.test('a status of what is shown is that of the whole state (D7)', (t) => {
  const eco = { objectKey: DEVICE, fields: { eco: { mode: 'manual-eco' } } }
  const changes = [change(), sentChange({ id: 2, ...eco }), change({ id: 3, state: 'expired' })]
  for (const whole of [real(), real({ owner: undefined }), real({ changes })]) {
    const shown = shownState(whole)
    t.same(status(shown), status(whole))
    t.same(shownState(shown), shown, 'once is enough')
  }
  t.equal(status(shownState(real()))?.name, 'Attic')
  t.notOk(shownState(real()).buckets.has('junk.1'))
  t.end()
})

t.test('every field that a status reads is among those that are shown', (t) => {
  const read = new Set<string>()
  const watched = (objectKey: string): [string, JsonObject] => {
    const value = new Proxy({} as JsonObject, {
      get(_, field) {
        if (typeof field === 'string') read.add(field)
        return undefined
      },
    })
    return [objectKey, value]
  }
  const watchedState = state({}, ...[DEVICE, SHARED, STRUCTURE].map((key) => bucket(key, {})))
  const buckets = new Map(
    [DEVICE, SHARED, STRUCTURE].map(watched).map(([key, value]) => {
      return [key, { ...bucket(key, value), value, length: 100 }] as const
    }),
  )
  status({ ...watchedState, buckets })
  read.delete('toJSON')
  // Each field alone has to come through.
  for (const field of read) {
    const shown = shownState(state({}, bucket(DEVICE, { [field]: 7 })))
    t.same(shown.buckets.get(DEVICE)?.value, { [field]: 7 }, field)
  }
  t.ok(read.size > 50)
  t.end()
})

t.test('what is shown of a thermostat is small, whatever it has put', (t) => {
  const long = 'x'.repeat(300)
  const fields = ['name', 'safety_state', 'time_to_target', 'mac_address', 'local_ip', 'eco']
  const anyBucket = fc.dictionary(fc.constantFrom(...fields, 'junk'), fc.jsonValue() as never)
  fc.assert(
    fc.property(anyBucket, anyBucket, fc.boolean(), (one, other, isPaired) => {
      const stuffed: JsonObject = { ...(one as JsonObject), junk: long.repeat(100) }
      const whole = state(
        isPaired ? {} : { owner: undefined },
        bucket(DEVICE, stuffed),
        bucket(SHARED, other as JsonObject),
      )
      return shownCost(shownState(whole)) < 2 * 4096
    }),
  )
  const everything = Object.fromEntries(
    Object.keys(device).map((field): [string, JsonValue] => [field, 'x'.repeat(250)]),
  )
  t.ok(shownCost(shownState(state({}, bucket(DEVICE, everything)))) < 4096)
  t.equal(
    status(shownState(state({}, bucket(SHARED, { name: long }))))?.name,
    SERIAL,
    'a name that is too long is none',
  )
  t.end()
})

t.test('a bucket that is longer than any real one counts as not uploaded', (t) => {
  const stuffed = { ...device, junk: 'x'.repeat(20_000) }
  const of = (owner?: ThermostatState['owner']) =>
    status(shownState(state({ owner }, bucket(DEVICE, stuffed), bucket(SHARED, shared))))
  t.match(of(), { has_uploaded: false, humidity: null })
  // An impostor's junk does not hide what a paired one measures.
  const paired = of({ userId: 'anna', createdAtMs: NOW_MS })
  t.match(paired, { has_uploaded: true, humidity: device.current_humidity })
  t.end()
})

t.test('the week is shown of a paired thermostat, unless it is too long', (t) => {
  const week = (of: ThermostatState) => shownState(of).buckets.get(SCHEDULE)
  t.same(week(real())?.value, schedule)
  t.equal(week(real({ owner: undefined })), undefined)
  const fields = { days: { 0: 'x'.repeat(20_000) } }
  const onItsWay = change({ objectKey: SCHEDULE, kind: 'schedule', fields })
  t.equal(week(real({ changes: [onItsWay] })), undefined)
  t.same(shownState(real({ changes: [onItsWay] })).changes, [])
  t.end()
})
