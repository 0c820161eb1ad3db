import t from 'tap'
import type { Change, ChangeState } from '../../../src/protocol/delivery/change.ts'
import { changeReport, commandState } from '../../../src/protocol/delivery/change-report.ts'

const CREATED_MS = 1_760_000_000_000

function part(state: ChangeState, more: Partial<Change> = {}): Change {
  const open = state === 'queued' || state === 'sent'
  return {
    id: 4,
    commandId: 4,
    serial: '02AA01AC12345678',
    command: 'set_away',
    objectKey: 'structure.default',
    fields: { manual_eco_all: true },
    kind: 'setting',
    state,
    sends: state === 'queued' ? 0 : 1,
    push: null,
    createdAtMs: CREATED_MS,
    expiresAtSteadyMs: CREATED_MS + 60_000,
    sentAt: null,
    endedAtMs: open ? null : CREATED_MS + 5_000,
    reason: null,
    settled: true,
    ...more,
  }
}

t.test('D1: an open part decides for a command, then the worst end', async (t) => {
  const rows: [ChangeState, ChangeState, ...ChangeState[]][] = [
    ['queued', 'queued'],
    ['queued', 'queued', 'sent'],
    ['queued', 'confirmed', 'queued'],
    ['sent', 'sent', 'confirmed'],
    ['sent', 'ignored', 'sent'],
    ['confirmed', 'confirmed', 'confirmed'],
    ['superseded', 'confirmed', 'superseded'],
    ['expired', 'superseded', 'expired', 'confirmed'],
    ['ignored', 'expired', 'ignored'],
  ]
  for (const [expected, first, ...others] of rows) {
    const parts = others.map((state) => part(state))
    t.equal(commandState([part(first), ...parts]), expected, [first, ...others].join(' + '))
  }
})

t.test('an open command has no end time, and its expiry is told on the wall clock', async (t) => {
  const now = { wallMs: CREATED_MS + 3_600_000, steadyMs: CREATED_MS + 10_000 }
  const sentAt = { wallMs: CREATED_MS + 1_000, steadyMs: CREATED_MS + 1_000 }
  t.match(changeReport([part('sent', { sentAt }), part('confirmed')], now), {
    id: 4,
    state: 'sent',
    created_at: '2025-10-09T08:53:20.000Z',
    ended_at: null,
    reason: null,
    parts: [
      {
        state: 'sent',
        sends: 1,
        sent_at: '2025-10-09T08:53:21.000Z',
        // 50 s are left on the steady clock.
        expires_at: '2025-10-09T09:54:10.000Z',
        ended_at: null,
      },
      { state: 'confirmed', expires_at: null, ended_at: '2025-10-09T08:53:25.000Z' },
    ],
  })
})

t.test(
  'an ended command has the time of its last end, and the reason of its worst part',
  async (t) => {
    const now = { wallMs: CREATED_MS, steadyMs: CREATED_MS }
    const expired = part('expired', { reason: 'too late', endedAtMs: CREATED_MS + 9_000 })
    const overruled = part('superseded', { reason: 'by the dial' })
    t.match(changeReport([overruled, expired], now), {
      state: 'expired',
      ended_at: '2025-10-09T08:53:29.000Z',
      reason: 'too late',
    })
  },
)

t.test('a schedule never expires', async (t) => {
  const now = { wallMs: CREATED_MS, steadyMs: CREATED_MS }
  const schedule = part('queued', { expiresAtSteadyMs: null, kind: 'schedule' })
  t.match(changeReport([schedule], now), { parts: [{ expires_at: null }] })
})
