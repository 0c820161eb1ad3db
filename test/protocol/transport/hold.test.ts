import fc from 'fast-check'
import t from 'tap'
import {
  type AnswerForm,
  type Hold,
  type HoldEffect,
  type HoldEvent,
  type HoldTimes,
  LINGER_MS,
  newHold,
  PLAIN_MS,
  type Push,
  step,
} from '../../../src/protocol/transport/hold.ts'

const FORMS: readonly AnswerForm[] = ['chunked', 'plain', 'poll']
const TIMES: HoldTimes = { holdMs: 290_000, plainMs: PLAIN_MS, lingerMs: LINGER_MS }

function push(n: number): Push {
  return {
    objects: [{ objectKey: `device.${n}`, revision: n, timestamp: n, value: {} }],
    carries: [{ changeId: n, objectKey: `device.${n}`, timestamp: n, kind: 'setting' }],
  }
}
const A = push(1)
const B = push(2)

const openedAfter = (waitedMs: number): HoldEvent => ({
  type: 'opened',
  push: undefined,
  waitedMs,
})
const opened = openedAfter(0)
const answered = (one: Push): HoldEvent => ({ type: 'opened', push: one, waitedMs: 0 })
const timer: HoldEvent = { type: 'timerFired' }
const gone: HoldEvent = { type: 'clientGone' }
const failed: HoldEvent = { type: 'writeFailed' }
const shutdown: HoldEvent = { type: 'shutdown' }
const changed = (one: Push): HoldEvent => ({ type: 'changed', push: one })
const written = (one: Push): HoldEvent => ({ type: 'written', push: one })

const head: HoldEffect = { type: 'writeHead' }
const end: HoldEffect = { type: 'end' }
const arm = (ms: number): HoldEffect => ({ type: 'armTimer', ms })
const write = (one: Push): HoldEffect => ({ type: 'write', push: one })
const sent = (one: Push): HoldEffect => ({ type: 'sent', push: one })
const plain = (...pushes: Push[]): HoldEffect => ({ type: 'endPlain', pushes })
const poll = (one?: Push): HoldEffect => ({ type: 'endPoll', push: one })
const requeue = (...pushes: Push[]): HoldEffect => ({ type: 'requeue', pushes })

/** Plays events from the start; returns the effects of the last one, and the phase after it. */
function play(form: AnswerForm, ...events: HoldEvent[]) {
  let hold = newHold(form, TIMES)
  let effects: readonly HoldEffect[] = []
  for (const event of events) [hold, effects] = step(hold, event)
  return { phase: hold.phase, effects }
}

t.test('the hold: every transition', async (t) => {
  const cases: [string, AnswerForm, HoldEvent[], Hold['phase'], HoldEffect[]][] = [
    // opening
    [
      'S2, S3: the headers leave at once, then silence',
      'chunked',
      [opened],
      'holding',
      [head, arm(290_000)],
    ],
    ['S2: a plain answer is due in seven seconds', 'plain', [opened], 'holding', [arm(6_500)]],
    [
      'S2: it is due seven seconds after the request, however long the decision takes',
      'plain',
      [openedAfter(4_000)],
      'holding',
      [arm(2_500)],
    ],
    ['S2: it is late', 'plain', [openedAfter(6_500)], 'ended', [plain()]],
    [
      'V7: a poll is held from its request on',
      'poll',
      [openedAfter(4_000)],
      'holding',
      [arm(286_000)],
    ],
    [
      'S4: a chunked answer is held from its headers on',
      'chunked',
      [openedAfter(4_000)],
      'holding',
      [head, arm(290_000)],
    ],
    ['a push before the opening waits', 'chunked', [changed(A)], 'opening', []],
    [
      'waiting pushes go out at the opening',
      'chunked',
      [changed(A), changed(B), opened],
      'lingering',
      [head, write(A), write(B), arm(3_000)],
    ],
    [
      'the answer goes before the waiting pushes',
      'chunked',
      [changed(B), answered(A)],
      'lingering',
      [head, write(A), write(B), arm(3_000)],
    ],
    ['plain: both in one body', 'plain', [changed(B), answered(A)], 'ended', [plain(A, B)]],
    ['an answer at once', 'chunked', [answered(A)], 'lingering', [head, write(A), arm(3_000)]],
    ['plain: a waiting push is the answer', 'plain', [changed(A), opened], 'ended', [plain(A)]],
    ['a timer before the opening has no effect', 'chunked', [timer], 'opening', []],
    [
      'S8: the client left before the opening',
      'chunked',
      [changed(A), gone],
      'ended',
      [requeue(A)],
    ],
    ['the client left, no push waited', 'chunked', [gone], 'ended', []],
    ['S9: shutdown before the opening', 'chunked', [shutdown], 'ended', [head, arm(290_000), end]],
    [
      'S9: shutdown with a waiting push',
      'chunked',
      [changed(A), shutdown],
      'ended',
      [head, write(A), arm(3_000), end],
    ],
    ['S9: shutdown, plain', 'plain', [shutdown], 'ended', [arm(6_500), plain()]],
    ['S9: plain, with a waiting push', 'plain', [changed(A), shutdown], 'ended', [plain(A)]],
    // holding
    ['opened twice', 'chunked', [opened, opened], 'holding', []],
    [
      'S5: a chunk, then 3 s for more',
      'chunked',
      [opened, changed(A)],
      'lingering',
      [write(A), arm(3_000)],
    ],
    ['plain: the push is the answer', 'plain', [opened, changed(A)], 'ended', [plain(A)]],
    ['S4: the end of the hold is clean', 'chunked', [opened, timer], 'ended', [end]],
    ['plain: an empty answer', 'plain', [opened, timer], 'ended', [plain()]],
    ['the client left', 'chunked', [opened, gone], 'ended', []],
    ['S9: shutdown', 'chunked', [opened, shutdown], 'ended', [end]],
    ['a write that was never started', 'chunked', [opened, written(A)], 'holding', []],
    // lingering
    [
      'S5: another chunk restarts the 3 s',
      'chunked',
      [opened, changed(A), changed(B)],
      'lingering',
      [write(B), arm(3_000)],
    ],
    ['S5: then the response is finished', 'chunked', [opened, changed(A), timer], 'ended', [end]],
    [
      'D1: a written push is sent',
      'chunked',
      [opened, changed(A), written(A)],
      'lingering',
      [sent(A)],
    ],
    [
      'written twice is sent once',
      'chunked',
      [opened, changed(A), written(A), written(A)],
      'lingering',
      [],
    ],
    ['S8: the write failed', 'chunked', [opened, changed(A), failed], 'ended', [requeue(A)]],
    [
      'S8: the client left between two writes',
      'chunked',
      [opened, changed(A), changed(B), written(A), gone],
      'ended',
      [requeue(B)],
    ],
    [
      'the client left after the last write',
      'chunked',
      [opened, changed(A), written(A), gone],
      'ended',
      [],
    ],
    ['S9: shutdown', 'chunked', [opened, changed(A), shutdown], 'ended', [end]],
    // ended
    [
      'a push after the end is requeued',
      'chunked',
      [opened, timer, changed(A)],
      'ended',
      [requeue(A)],
    ],
    ['a late timer', 'chunked', [opened, timer, timer], 'ended', []],
    ['a late shutdown', 'chunked', [opened, timer, shutdown], 'ended', []],
    ['a late opening', 'chunked', [gone, opened], 'ended', []],
    [
      'a push written after the end is sent',
      'chunked',
      [opened, changed(A), timer, written(A)],
      'ended',
      [sent(A)],
    ],
    [
      'S8: the connection died after the end',
      'chunked',
      [opened, changed(A), timer, gone],
      'ended',
      [requeue(A)],
    ],
    [
      'plain: the answer was written',
      'plain',
      [opened, changed(A), written(A)],
      'ended',
      [sent(A)],
    ],
    ['plain: the answer was lost', 'plain', [opened, changed(A), failed], 'ended', [requeue(A)]],
    ['a failed push is requeued once', 'chunked', [opened, changed(A), failed, gone], 'ended', []],
    // a poll of transport v3
    [
      'V5, V6: a poll waits in silence, without headers',
      'poll',
      [opened],
      'holding',
      [arm(290_000)],
    ],
    ['V6: one bucket answers a poll', 'poll', [opened, changed(A)], 'ended', [poll(A)]],
    [
      'V6: the other buckets of a push wait for the next poll',
      'poll',
      [
        opened,
        changed({ objects: [...A.objects, ...B.objects], carries: [...A.carries, ...B.carries] }),
      ],
      'ended',
      [poll(A)],
    ],
    [
      'V6: the other pushes wait for the next poll',
      'poll',
      [changed(B), answered(A)],
      'ended',
      [poll(A), requeue(B)],
    ],
    ['V7: the end of the hold says nothing', 'poll', [opened, timer], 'ended', [poll()]],
    ['V7, S9: shutdown', 'poll', [opened, shutdown], 'ended', [poll()]],
    ['D1: a poll answered is sent', 'poll', [opened, changed(A), written(A)], 'ended', [sent(A)]],
    [
      'S8: the answer to a poll was lost',
      'poll',
      [opened, changed(A), failed],
      'ended',
      [requeue(A)],
    ],
  ]
  for (const [name, form, events, phase, effects] of cases) {
    t.strictSame(play(form, ...events), { phase, effects }, name)
  }
})

t.test('with any events, no push is lost, doubled, or written after the end', async () => {
  const event = fc.constantFrom(
    'opened',
    'changed',
    'timerFired',
    'written',
    'writeFailed',
    'clientGone',
    'shutdown',
  )
  fc.assert(
    fc.property(fc.constantFrom(...FORMS), fc.array(event, { maxLength: 30 }), (form, types) => {
      let hold = newHold(form, TIMES)
      const given: Push[] = []
      const handed: Push[] = []
      const settled: Push[] = []
      let ends = 0
      let heads = 0
      for (const type of [...types, 'clientGone' as const]) {
        let one: HoldEvent
        if (type === 'changed') {
          one = { type, push: push(given.length) }
          given.push(one.push)
        } else if (type === 'opened') {
          // The answer to the request belongs to one opening only.
          const answer = hold.phase === 'opening' ? push(given.length) : undefined
          if (answer !== undefined) given.push(answer)
          one = { type, push: answer, waitedMs: 0 }
        } else if (type === 'written') {
          const next = handed.find((p) => !settled.includes(p))
          if (next === undefined) continue
          one = { type, push: next }
        } else one = { type }
        const [next, effects] = step(hold, one)
        for (const effect of effects) {
          if (ends > 0 && effect.type !== 'sent' && effect.type !== 'requeue') return false
          if (effect.type === 'write') {
            if (heads === 0 || form !== 'chunked') return false
            handed.push(effect.push)
          } else if (effect.type === 'end') ends += 1
          else if (effect.type === 'endPlain') {
            ends += 1
            handed.push(...effect.pushes)
          } else if (effect.type === 'endPoll') {
            ends += 1
            if (effect.push !== undefined) handed.push(effect.push)
          } else if (effect.type === 'writeHead') heads += 1
          else if (effect.type === 'sent') settled.push(effect.push)
          else if (effect.type === 'requeue') settled.push(...effect.pushes)
        }
        hold = next
      }
      return (
        hold.phase === 'ended' &&
        ends <= 1 &&
        heads <= 1 &&
        settled.length === given.length &&
        new Set(settled).size === given.length
      )
    }),
    { numRuns: 3000 },
  )
})
