import fc from 'fast-check'
import t from 'tap'
import {
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

const TIMES: HoldTimes = { holdMs: 290_000, plainMs: PLAIN_MS, lingerMs: LINGER_MS }

function push(n: number): Push {
  return {
    document: `{"objects":[${n}]}`,
    carries: [{ changeId: n, timestamp: n, kind: 'setting' }],
  }
}
const A = push(1)
const B = push(2)

const opened: HoldEvent = { type: 'opened', push: undefined }
const answered = (one: Push): HoldEvent => ({ type: 'opened', push: one })
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
const requeue = (...pushes: Push[]): HoldEffect => ({ type: 'requeue', pushes })

/** Plays events from the start; returns the effects of the last one, and the phase after it. */
function play(chunked: boolean, ...events: HoldEvent[]) {
  let hold = newHold(chunked, TIMES)
  let effects: readonly HoldEffect[] = []
  for (const event of events) [hold, effects] = step(hold, event)
  return { phase: hold.phase, effects }
}

t.test('the hold: every transition', async (t) => {
  const cases: [string, boolean, HoldEvent[], Hold['phase'], HoldEffect[]][] = [
    // opening
    [
      'S2, S3: the headers leave at once, then silence',
      true,
      [opened],
      'holding',
      [head, arm(290_000)],
    ],
    ['S2: a plain answer is due in seven seconds', false, [opened], 'holding', [arm(6_500)]],
    ['a push before the opening waits', true, [changed(A)], 'opening', []],
    [
      'waiting pushes go out at the opening',
      true,
      [changed(A), changed(B), opened],
      'lingering',
      [head, write(A), write(B), arm(3_000)],
    ],
    [
      'the answer goes before the waiting pushes',
      true,
      [changed(B), answered(A)],
      'lingering',
      [head, write(A), write(B), arm(3_000)],
    ],
    ['plain: both in one body', false, [changed(B), answered(A)], 'ended', [plain(A, B)]],
    ['an answer at once', true, [answered(A)], 'lingering', [head, write(A), arm(3_000)]],
    ['plain: a waiting push is the answer', false, [changed(A), opened], 'ended', [plain(A)]],
    ['a timer before the opening has no effect', true, [timer], 'opening', []],
    ['S8: the client left before the opening', true, [changed(A), gone], 'ended', [requeue(A)]],
    ['the client left, no push waited', true, [gone], 'ended', []],
    ['S9: shutdown before the opening', true, [shutdown], 'ended', [head, arm(290_000), end]],
    [
      'S9: shutdown with a waiting push',
      true,
      [changed(A), shutdown],
      'ended',
      [head, write(A), arm(3_000), end],
    ],
    ['S9: shutdown, plain', false, [shutdown], 'ended', [arm(6_500), plain()]],
    ['S9: plain, with a waiting push', false, [changed(A), shutdown], 'ended', [plain(A)]],
    // holding
    ['opened twice', true, [opened, opened], 'holding', []],
    [
      'S5: a chunk, then 3 s for more',
      true,
      [opened, changed(A)],
      'lingering',
      [write(A), arm(3_000)],
    ],
    ['plain: the push is the answer', false, [opened, changed(A)], 'ended', [plain(A)]],
    ['S4: the end of the hold is clean', true, [opened, timer], 'ended', [end]],
    ['plain: an empty answer', false, [opened, timer], 'ended', [plain()]],
    ['the client left', true, [opened, gone], 'ended', []],
    ['S9: shutdown', true, [opened, shutdown], 'ended', [end]],
    ['a write that was never started', true, [opened, written(A)], 'holding', []],
    // lingering
    [
      'S5: another chunk restarts the 3 s',
      true,
      [opened, changed(A), changed(B)],
      'lingering',
      [write(B), arm(3_000)],
    ],
    ['S5: then the response is finished', true, [opened, changed(A), timer], 'ended', [end]],
    ['D1: a written push is sent', true, [opened, changed(A), written(A)], 'lingering', [sent(A)]],
    [
      'written twice is sent once',
      true,
      [opened, changed(A), written(A), written(A)],
      'lingering',
      [],
    ],
    ['S8: the write failed', true, [opened, changed(A), failed], 'ended', [requeue(A)]],
    [
      'S8: the client left between two writes',
      true,
      [opened, changed(A), changed(B), written(A), gone],
      'ended',
      [requeue(B)],
    ],
    [
      'the client left after the last write',
      true,
      [opened, changed(A), written(A), gone],
      'ended',
      [],
    ],
    ['S9: shutdown', true, [opened, changed(A), shutdown], 'ended', [end]],
    // ended
    ['a push after the end is requeued', true, [opened, timer, changed(A)], 'ended', [requeue(A)]],
    ['a late timer', true, [opened, timer, timer], 'ended', []],
    ['a late shutdown', true, [opened, timer, shutdown], 'ended', []],
    ['a late opening', true, [gone, opened], 'ended', []],
    [
      'a push written after the end is sent',
      true,
      [opened, changed(A), timer, written(A)],
      'ended',
      [sent(A)],
    ],
    [
      'S8: the connection died after the end',
      true,
      [opened, changed(A), timer, gone],
      'ended',
      [requeue(A)],
    ],
    ['plain: the answer was written', false, [opened, changed(A), written(A)], 'ended', [sent(A)]],
    ['plain: the answer was lost', false, [opened, changed(A), failed], 'ended', [requeue(A)]],
    ['a failed push is requeued once', true, [opened, changed(A), failed, gone], 'ended', []],
  ]
  for (const [name, chunked, events, phase, effects] of cases) {
    t.strictSame(play(chunked, ...events), { phase, effects }, name)
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
    fc.property(fc.boolean(), fc.array(event, { maxLength: 30 }), (chunked, types) => {
      let hold = newHold(chunked, TIMES)
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
          one = { type, push: answer }
        } else if (type === 'written') {
          const next = handed.find((p) => !settled.includes(p))
          if (next === undefined) continue
          one = { type, push: next }
        } else one = { type }
        const [next, effects] = step(hold, one)
        for (const effect of effects) {
          if (ends > 0 && effect.type !== 'sent' && effect.type !== 'requeue') return false
          if (effect.type === 'write') {
            if (heads === 0 || !chunked) return false
            handed.push(effect.push)
          } else if (effect.type === 'end') ends += 1
          else if (effect.type === 'endPlain') {
            ends += 1
            handed.push(...effect.pushes)
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
