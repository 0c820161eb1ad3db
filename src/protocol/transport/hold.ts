import type { Bucket } from '../bucket.ts'
import type { ChangeKind } from '../delivery/change.ts'

/**
 * The hold (long poll) as a pure machine: events in, effects out, no socket and no clock. The driver
 * (src/server/core/subscription.ts) carries the effects out and reports their results as events.
 *
 *     opening ──opened──▶ holding ──changed──▶ lingering ──timer──▶ ended
 *        │                   └──────── timer, shutdown ───────────────▲
 *        └ pushes wait
 *
 * A plain answer and a poll of transport v3 end with the first push; a poll takes one bucket of it (`V6`).
 */

/** A push, and the changes to mark as sent once it is written. */
export interface Push {
  /** One object per bucket; at least one. They go out as one JSON document (`S5`), or the first alone (`V6`). */
  readonly objects: readonly [Bucket, ...Bucket[]]
  /** The changes that it carries, with their timestamps; none for pairing buckets (`P11`). */
  readonly carries: readonly {
    readonly changeId: number
    readonly objectKey: string
    readonly timestamp: number
    readonly kind: ChangeKind
  }[]
}

/** How a response is written: in chunks, as one document (`S2`), or as one bucket alone (`V6`). */
export type AnswerForm = 'chunked' | 'plain' | 'poll'

/** Whether a temperature or mode change goes out, so that the device should report back at once (`S2`). */
export function setsSetpoint({ carries }: Push): boolean {
  return carries.some(({ kind }) => kind === 'setpoint')
}

export interface HoldTimes {
  /** The longest silence (`S4`). */
  readonly holdMs: number
  /** The longest silence before a plain answer, without `chunked` (`S2`). */
  readonly plainMs: number
  /** How long the response stays open after a chunk (`S5`). */
  readonly lingerMs: number
}

/** The device gives up 5 s after a chunk (`S5`). */
export const LINGER_MS = 3_000
/** Half a second before the 7 s of `S2`. */
export const PLAIN_MS = 6_500

export interface Hold {
  readonly phase: 'opening' | 'holding' | 'lingering' | 'ended'
  readonly form: AnswerForm
  /** Pushes from before the response was opened. */
  readonly waiting: readonly Push[]
  /** Handed to the socket, not yet known to be written. */
  readonly inFlight: readonly Push[]
  readonly times: HoldTimes
}

export type HoldEvent =
  /** The request is decided; its answer, if there is one, goes before the waiting pushes. */
  | {
      readonly type: 'opened'
      readonly push: Push | undefined
      /** How long the request waited for its decision, which may take seconds while the database is busy or away. */
      readonly waitedMs: number
    }
  | { readonly type: 'changed'; readonly push: Push }
  | { readonly type: 'timerFired' }
  | { readonly type: 'written'; readonly push: Push }
  | { readonly type: 'writeFailed' }
  | { readonly type: 'clientGone' }
  | { readonly type: 'shutdown' }

export type HoldEffect =
  /** Status line and headers leave now (`S2`). */
  | { readonly type: 'writeHead' }
  /** One chunk. */
  | { readonly type: 'write'; readonly push: Push }
  /** Replaces the timer that is armed. */
  | { readonly type: 'armTimer'; readonly ms: number }
  /** Finish a chunked response cleanly (`S4`). */
  | { readonly type: 'end' }
  /** The whole plain answer (`S2`). */
  | { readonly type: 'endPlain'; readonly pushes: readonly Push[] }
  /** The whole answer to a poll: one bucket, or nothing at the end of the hold (`V6`, `V7`). */
  | { readonly type: 'endPoll'; readonly push: Push | undefined }
  /** The push was written: its changes count as sent. */
  | { readonly type: 'sent'; readonly push: Push }
  /** These pushes were not written. Their changes are still queued: the next subscribe sends them (`S8`). */
  | { readonly type: 'requeue'; readonly pushes: readonly Push[] }

export function newHold(form: AnswerForm, times: HoldTimes): Hold {
  return { phase: 'opening', form, waiting: [], inFlight: [], times }
}

type Step = readonly [Hold, readonly HoldEffect[]]

/** One step of the machine. An event without a meaning in the current phase changes nothing. */
export function step(hold: Hold, event: HoldEvent): Step {
  switch (event.type) {
    case 'opened':
      return hold.phase === 'opening' ? open(hold, event.push, event.waitedMs) : [hold, []]
    case 'changed':
      if (hold.phase === 'ended') return [hold, [{ type: 'requeue', pushes: [event.push] }]]
      if (hold.phase === 'opening') {
        return [{ ...hold, waiting: [...hold.waiting, event.push] }, []]
      }
      return deliver(hold, [event.push])
    case 'timerFired':
      return hold.phase === 'opening' ? [hold, []] : finish(hold)
    case 'written': {
      if (!hold.inFlight.includes(event.push)) return [hold, []]
      const inFlight = hold.inFlight.filter((push) => push !== event.push)
      return [{ ...hold, inFlight }, [{ type: 'sent', push: event.push }]]
    }
    case 'writeFailed':
    case 'clientGone':
      return lost(hold)
    case 'shutdown': {
      // A request without an answer so far gets the waiting pushes.
      const [opened, effects] = hold.phase === 'opening' ? open(hold, undefined, 0) : [hold, []]
      const [over, more] = finish(opened)
      return [over, [...effects, ...more]]
    }
  }
}

function open(hold: Hold, push: Push | undefined, waitedMs: number): Step {
  const pushes = push === undefined ? hold.waiting : [push, ...hold.waiting]
  const opened: Hold = { ...hold, phase: 'holding', waiting: [] }
  const head: HoldEffect[] = hold.form === 'chunked' ? [{ type: 'writeHead' }] : []
  if (pushes.length > 0) {
    const [next, effects] = deliver(opened, pushes)
    return [next, [...head, ...effects]]
  }
  const { holdMs, plainMs } = hold.times
  if (hold.form === 'chunked') return [opened, [...head, { type: 'armTimer', ms: holdMs }]]
  // Without headers, the thermostat has waited since it asked.
  const ms = (hold.form === 'plain' ? plainMs : holdMs) - waitedMs
  return ms > 0 ? [opened, [{ type: 'armTimer', ms }]] : finish(opened)
}

function deliver(hold: Hold, pushes: readonly Push[]): Step {
  if (hold.form === 'poll') {
    return answerPoll(hold, pushes)
  }
  const inFlight = [...hold.inFlight, ...pushes]
  if (hold.form === 'plain') {
    return [{ ...hold, phase: 'ended', inFlight }, [{ type: 'endPlain', pushes }]]
  }
  return [
    { ...hold, phase: 'lingering', inFlight },
    [
      ...pushes.map((push): HoldEffect => ({ type: 'write', push })),
      { type: 'armTimer', ms: hold.times.lingerMs },
    ],
  ]
}

/** Answers with one bucket; the others wait for the next poll, which comes at once (`V6`). */
function answerPoll(hold: Hold, [first, ...rest]: readonly Push[]): Step {
  const push = first && firstBucket(first)
  const answer: HoldEffect = { type: 'endPoll', push }
  return [
    { ...hold, phase: 'ended', inFlight: push === undefined ? [] : [push] },
    rest.length === 0 ? [answer] : [answer, { type: 'requeue', pushes: rest }],
  ]
}

/** The first bucket of a push alone, with its changes. */
function firstBucket(push: Push): Push {
  const { objects, carries } = push
  const [first] = objects
  if (objects.length === 1) return push
  return {
    objects: [first],
    carries: carries.filter(({ objectKey }) => objectKey === first.objectKey),
  }
}

const END: Readonly<Record<AnswerForm, HoldEffect>> = {
  chunked: { type: 'end' },
  plain: { type: 'endPlain', pushes: [] },
  poll: { type: 'endPoll', push: undefined },
}

function finish(hold: Hold): Step {
  if (hold.phase === 'ended') return [hold, []]
  return [{ ...hold, phase: 'ended' }, [END[hold.form]]]
}

function lost(hold: Hold): Step {
  const pushes = [...hold.inFlight, ...hold.waiting]
  return [
    { ...hold, phase: 'ended', waiting: [], inFlight: [] },
    pushes.length === 0 ? [] : [{ type: 'requeue', pushes }],
  ]
}
