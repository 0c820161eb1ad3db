import t from 'tap'
import { planCommand } from '../../../src/protocol/commands/plan-command.ts'
import {
  type Change,
  type EndState,
  ended,
  expire,
  expiryOf,
  freshFields,
  isOpenChange,
  markDelivered,
  type NewChange,
  overlay,
  primaryFields,
  sameMeaning,
  supersede,
  without,
} from '../../../src/protocol/delivery/change.ts'
import { change, DEVICE, NOW_MS, NOW_S, now, SCHEDULE, SHARED, sentChange, view } from '../make.ts'

const HOUR_MS = 3_600_000

t.test('D4: setpoints wait 30 minutes, settings 6 hours, schedules for ever', async (t) => {
  const of = (kind: NewChange['kind'], lifetimeMs?: number | null) =>
    expiryOf(
      {
        command: 'x',
        objectKey: SHARED,
        fields: {},
        kind,
        ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
      },
      1000,
    )
  t.equal(of('setpoint'), 1000 + HOUR_MS / 2)
  t.equal(of('setting'), 1000 + 6 * HOUR_MS)
  t.equal(of('schedule'), null)
  t.equal(of('setting', 60_000), 61_000, 'a shorter lifetime counts')
  t.equal(of('setting', 24 * HOUR_MS), 1000 + 6 * HOUR_MS, 'a longer one does not')
  t.equal(of('setting', null), null, 'a setting that goes with a schedule waits as long')
})

t.test('D4: an overdue change expires, and its reason tells whether it was sent', async (t) => {
  const { steadyMs } = now()
  const open = [
    change({ id: 1, expiresAtSteadyMs: steadyMs }),
    change({ id: 2, expiresAtSteadyMs: steadyMs, sends: 1, state: 'sent' }),
    change({ id: 3, expiresAtSteadyMs: steadyMs + 1 }),
    change({ id: 4, expiresAtSteadyMs: null }),
  ]
  const over = expire(open, now())
  t.strictSame(
    over.map(({ id, state, reason, endedAtMs }) => ({ id, state, reason, endedAtMs })),
    [
      {
        id: 1,
        state: 'expired',
        reason: 'the thermostat did not come back in time',
        endedAtMs: NOW_MS,
      },
      {
        id: 2,
        state: 'expired',
        reason: 'the thermostat did not confirm it in time',
        endedAtMs: NOW_MS,
      },
    ],
  )
  t.notOk(over.some(isOpenChange))
})

t.test('D5: time-bound fields get the time of the push', async (t) => {
  const laterMs = NOW_MS + 20 * 60_000 + 999
  const nowS = NOW_S + 20 * 60
  const enter = planCommand('set_away', true, view()).values
  t.strictSame(freshFields(enter, laterMs), { manual_eco_all: true, manual_eco_timestamp: nowS })
  const [, exit] = planCommand('set_away', false, view()).changes
  t.strictSame(freshFields(exit?.fields ?? {}, laterMs), {
    eco: { mode: 'schedule', touched_by: 3, mode_update_timestamp: nowS },
  })
  const warm = planCommand('set_temperature', 21, view()).values
  t.strictSame(freshFields(warm, laterMs).touched_by, {
    touched_by: 3,
    touched_at: nowS,
    touched_user_id: '',
  })
  t.strictSame(freshFields({ name: 'x' }, laterMs), { name: 'x' }, 'and nothing is added')
})

t.test('a change without its primary fields is undefined', async (t) => {
  t.strictSame(primaryFields(change()), ['target_temperature'])
  t.equal(
    without(change(), new Set(['target_temperature'])),
    undefined,
    'companion fields alone are no change',
  )
  const range = change({
    fields: {
      target_temperature_high: 24,
      target_temperature_low: 20,
      target_change_pending: true,
    },
  })
  t.strictSame(without(range, new Set(['target_temperature_high']))?.fields, {
    target_temperature_low: 20,
    target_change_pending: true,
  })
})

t.test('values that a thermostat rounds or stamps mean the same', async (t) => {
  t.ok(sameMeaning('target_temperature', 21, 21.004), 'a thermostat rounds')
  t.notOk(sameMeaning('target_temperature', 21, 21.01))
  t.ok(
    sameMeaning('eco', { mode: 'schedule', touched_by: 3 }, { mode: 'schedule', touched_by: 1 }),
    'and sets its own times',
  )
  t.notOk(sameMeaning('eco', { mode: 'schedule' }, { mode: 'manual-eco' }))
  t.notOk(sameMeaning('name', 'a', undefined))
})

t.test('D7: a reader sees open changes', async (t) => {
  const open = [
    change({ fields: { target_temperature: 21 } }),
    change({ fields: { target_temperature_type: 'cool' }, state: 'sent' }),
    change({ fields: { target_temperature: 25 }, state: 'superseded' }),
    change({ objectKey: DEVICE, fields: { learning_mode: false } }),
  ]
  t.strictSame(overlay(SHARED, { target_temperature: 19, can_heat: true }, open, NOW_MS), {
    target_temperature: 21,
    target_temperature_type: 'cool',
    can_heat: true,
  })
  const cleared = change({ objectKey: SCHEDULE, kind: 'schedule', fields: { days: {} } })
  t.strictSame(
    overlay(SCHEDULE, { days: { 0: {} }, name: 'x' }, [cleared], NOW_MS),
    { days: {} },
    'schedules too, whole',
  )
})

t.test('D1: a later command takes its fields from earlier commands', async (t) => {
  const after = (open: Change[], command: string, value: unknown) => {
    const { changes, cancels } = planCommand(command, value, view())
    return supersede(open, changes, cancels, now())
  }
  const untouched = { changes: [], rest: [] }
  const warm = change()
  t.match(after([warm], 'set_temperature', 22), {
    changes: [
      { id: 1, state: 'superseded', reason: 'a later command set the same', endedAtMs: NOW_MS },
    ],
    rest: [],
  })
  t.strictSame(after([warm], 'set_mode', 'cool'), untouched, 'a change of another field stays')
  t.strictSame(after([warm], 'set_device_setting', { learning_mode: true }), untouched)

  const range = change({
    fields: {
      target_temperature_high: 24,
      target_temperature_low: 20,
      target_change_pending: true,
    },
  })
  const left = { target_temperature_low: 20, target_change_pending: true }
  t.strictSame(
    after([range], 'set_temperature', { high: 25 }),
    { changes: [{ ...range, fields: left }], rest: [] },
    'the other bound stays queued',
  )

  const week = change({ objectKey: SCHEDULE, kind: 'schedule', fields: { days: { 0: {} } } })
  t.match(after([week], 'set_schedule', { days: {} }), {
    changes: [{ state: 'superseded' }],
    rest: [],
  })
})

t.test(
  'D1: a superseded change that was pushed keeps its fields, and the rest is queued again',
  async (t) => {
    const range = sentChange({
      fields: { target_temperature_high: 24, target_temperature_low: 20 },
    })
    const { changes, cancels } = planCommand('set_temperature', { high: 25 }, view())
    const after = supersede([range], changes, cancels, now())
    t.match(
      after.changes,
      [{ id: 1, state: 'superseded', settled: false, fields: range.fields, push: range.push }],
      'the device may have both fields: once it shows so, the bucket on file has to follow',
    )
    t.match(after.rest, [{ fields: { target_temperature_low: 20 } }])
    t.equal(after.rest.length, 1)
  },
)

t.test('a command to enter eco cancels a queued exit, and the other way round', async (t) => {
  const queued = (command: string, value: boolean) =>
    planCommand(command, value, view()).changes.map((planned, i) =>
      change({ ...planned, id: i + 1, kind: 'setting' }),
    )
  const undo = (value: boolean) => {
    const { changes, cancels } = planCommand('set_away', value, view())
    return supersede(queued('set_away', !value), changes, cancels, now())
  }
  t.match(undo(true), { changes: [{ state: 'superseded' }, { state: 'superseded' }], rest: [] })
  t.match(undo(false), { changes: [{ state: 'superseded' }], rest: [] })
})

t.test('an ended change has its end time on the wall clock', async (t) => {
  t.match(ended(change(), 'confirmed', { wallMs: 5.7, steadyMs: 1 }, null), {
    state: 'confirmed',
    endedAtMs: 5,
    reason: null,
  })
})

t.test(
  'a change that ends after its push is tracked until the device shows whether it has it',
  async (t) => {
    const rows: [string, Change, EndState, boolean][] = [
      ['never pushed: nothing can arrive', change(), 'expired', true],
      ['confirmed', sentChange(), 'confirmed', true],
      ['expired after its push: it may have arrived', sentChange(), 'expired', false],
      ['superseded after its push', sentChange(), 'superseded', false],
      ['given up after five tries', sentChange(), 'ignored', false],
      [
        'queued again after a put overtook it',
        sentChange({ state: 'queued' }),
        'superseded',
        false,
      ],
    ]
    for (const [name, before, state, settled] of rows) {
      const after = ended(before, state, now(), null)
      t.equal(after.settled, settled, name)
      t.strictSame(after.push, before.push, 'its version stays')
    }
  },
)

t.test(
  'D1: a change that the device has is confirmed, unless a later command superseded it',
  async (t) => {
    const late = (state: EndState) =>
      markDelivered(ended(sentChange(), state, now(), 'why'), now(9))
    t.match(markDelivered(sentChange(), now(9)), {
      state: 'confirmed',
      settled: true,
      reason: null,
    })
    t.match(
      late('expired'),
      { state: 'confirmed', settled: true, endedAtMs: NOW_MS + 9, reason: null },
      'it was given up too early',
    )
    t.match(late('ignored'), { state: 'confirmed', settled: true, reason: null })
    t.match(
      late('superseded'),
      { state: 'superseded', settled: true, endedAtMs: NOW_MS, reason: 'why' },
      'the later command counts, and the change is no longer tracked',
    )
  },
)
