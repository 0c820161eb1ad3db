import t from 'tap'
import type { ChangeAnswer } from '../../../src/api/shapes.ts'
import { deliveryLine } from '../../../src/web/state/delivery-line.ts'
import { NOW_MS } from '../../protocol/make.ts'

function change(over: Partial<ChangeAnswer>): ChangeAnswer {
  const at = new Date(NOW_MS).toISOString()
  return {
    id: 7,
    serial: '02AA01AC12345678',
    command: 'set_temperature',
    state: 'confirmed',
    created_at: at,
    ended_at: at,
    reason: null,
    parts: [],
    ...over,
  }
}

t.test('a change is being sent until the server tells of it, or of a later one', async (t) => {
  const line = (changeId: number | undefined, last: ChangeAnswer | undefined) =>
    deliveryLine(
      { state: 'sending', ...(changeId === undefined ? {} : { changeId }) },
      last,
      undefined,
      NOW_MS,
    )?.text
  t.equal(line(undefined, change({})), 'Sending', 'not accepted yet')
  t.equal(line(8, change({ id: 7 })), 'Sending', 'an older change is no news')
  t.equal(line(8, undefined), 'Sending')
  t.match(line(8, change({ id: 8 })), /^Confirmed /)
  t.equal(line(8, change({ id: 9, state: 'sent', ended_at: null })), 'On its way')
})

t.test('each end is told, and what failed in another tone', async (t) => {
  const of = (state: ChangeAnswer['state']) =>
    deliveryLine(undefined, change({ state }), '20 °C', NOW_MS)
  t.match(of('confirmed'), { tone: 'done' })
  t.match(of('superseded'), { tone: 'done', text: 'Turned at the dial to 20 °C' })
  t.match(of('expired'), { tone: 'failed', text: /^Not delivered in time/ })
  t.match(of('ignored'), { tone: 'failed', text: /did not take it/ })
  const refused = { state: 'refused', why: 'no fan' } as const
  t.match(deliveryLine(refused, change({}), undefined, NOW_MS), { text: 'Not possible: no fan' })
  t.match(deliveryLine({ state: 'unreached' }, undefined, undefined, NOW_MS), { tone: 'failed' })
})

t.test('what waits says until when, and old news is none', async (t) => {
  const expires = new Date(NOW_MS + 60_000).toISOString()
  const part = { object_key: 'shared.X', fields: {}, sends: 0, sent_at: null, reason: null }
  const parts = [{ ...part, state: 'queued' as const, expires_at: expires, ended_at: null }]
  const waiting = change({ state: 'queued', ended_at: null, parts })
  t.match(
    deliveryLine(undefined, waiting, undefined, NOW_MS)?.text,
    /^Waits for the thermostat, until /,
  )
  t.equal(deliveryLine(undefined, change({}), undefined, NOW_MS + 11 * 60_000), undefined)
})
