/**
 * The hold (long poll) as a pure machine: events in, effects out, no socket and no clock. The
 * driver in src/server carries the effects out and reports back what became of them.
 *
 *     opening ──opened──▶ holding ──changed──▶ lingering ──timer──▶ ended
 *        │                   └────────timer / shutdown────────────────▲
 *        └─ changes that arrive meanwhile wait in `waiting`
 */

/** Something to push, with whatever the driver needs to know once it was written. */
export interface Push {
  /** One complete JSON document (`S5`). */
  readonly document: string
  /** The changes it carries and their versions; none for what is repeated until listed (`P11`). */
  readonly carries: readonly { readonly changeId: number; readonly timestamp: number }[]
}

export interface HoldTimes {
  /** Silence at the most (`S4`). */
  readonly holdMs: number
  /** Without `chunked`: the plain answer is due after this (`S2`). */
  readonly plainMs: number
  /** After a chunk: how long more chunks may follow before the response is finished (`S5`). */
  readonly lingerMs: number
}

export const LINGER_MS = 3_000
export const PLAIN_MS = 6_500

export interface Hold {
  readonly phase: 'opening' | 'holding' | 'lingering' | 'ended'
  readonly chunked: boolean
  /** Arrived before the response was opened. */
  readonly waiting: readonly Push[]
  /** Handed to the socket, not yet known to be written. */
  readonly inFlight: readonly Push[]
  readonly times: HoldTimes
}

export type HoldEvent =
  | { readonly type: 'opened' }
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
  /** Finish the response cleanly; the pushes given make up a plain body (`S2`). */
  | { readonly type: 'end'; readonly plain?: readonly Push[] }
  /** These changes are on their way; what became of them is for the store to know. */
  | { readonly type: 'sent'; readonly push: Push }
  /** These never left: send them again (`S8`). */
  | { readonly type: 'requeue'; readonly pushes: readonly Push[] }

export function newHold(chunked: boolean, times: HoldTimes): Hold {
  return { phase: 'opening', chunked, waiting: [], inFlight: [], times }
}

type Step = readonly [Hold, readonly HoldEffect[]]

function finish(hold: Hold): Step {
  return [
    { ...hold, phase: 'ended', waiting: [] },
    [{ type: 'end', ...(hold.chunked ? {} : { plain: [] }) }],
  ]
}

function deliver(hold: Hold, pushes: readonly Push[]): Step {
  if (!hold.chunked) {
    return [
      { ...hold, phase: 'ended', waiting: [], inFlight: pushes },
      [{ type: 'end', plain: pushes }],
    ]
  }
  return [
    { ...hold, phase: 'lingering', waiting: [], inFlight: [...hold.inFlight, ...pushes] },
    [
      ...pushes.map((push): HoldEffect => ({ type: 'write', push })),
      { type: 'armTimer', ms: hold.times.lingerMs },
    ],
  ]
}

function lost(hold: Hold): Step {
  const pushes = [...hold.inFlight, ...hold.waiting]
  return [
    { ...hold, phase: 'ended', waiting: [], inFlight: [] },
    pushes.length === 0 ? [] : [{ type: 'requeue', pushes }],
  ]
}

/** One step of the machine. Events that mean nothing in a phase change nothing. */
export function step(hold: Hold, event: HoldEvent): Step {
  switch (event.type) {
    case 'opened': {
      if (hold.phase !== 'opening') return [hold, []]
      const open: Hold = { ...hold, phase: 'holding' }
      const head: HoldEffect[] = hold.chunked ? [{ type: 'writeHead' }] : []
      if (hold.waiting.length > 0) {
        const [next, effects] = deliver(open, hold.waiting)
        return [next, [...head, ...effects]]
      }
      const ms = hold.chunked ? hold.times.holdMs : hold.times.plainMs
      return [open, [...head, { type: 'armTimer', ms }]]
    }
    case 'changed':
      if (hold.phase === 'ended') return [hold, [{ type: 'requeue', pushes: [event.push] }]]
      if (hold.phase === 'opening') {
        return [{ ...hold, waiting: [...hold.waiting, event.push] }, []]
      }
      return deliver(hold, [event.push])
    case 'timerFired':
      return hold.phase === 'holding' || hold.phase === 'lingering' ? finish(hold) : [hold, []]
    case 'written': {
      if (!hold.inFlight.includes(event.push)) return [hold, []]
      const inFlight = hold.inFlight.filter((push) => push !== event.push)
      return [{ ...hold, inFlight }, [{ type: 'sent', push: event.push }]]
    }
    case 'writeFailed':
    case 'clientGone':
      return lost(hold)
    case 'shutdown':
      if (hold.phase === 'ended') return [hold, []]
      if (hold.phase === 'opening') {
        // Nothing was answered yet: open with what waits, then finish.
        const [opened, effects] = step(hold, { type: 'opened' })
        const [ended, more] = opened.phase === 'ended' ? [opened, []] : finish(opened)
        return [ended, [...effects, ...more]]
      }
      return finish(hold)
  }
}
