import type { ReadonlySignal } from '@preact/signals'
import type { TargetedPointerEvent, TargetedWheelEvent } from 'preact'
import { useMemo } from 'preact/hooks'
import { type Handle, moved, nearest, stepOf } from '../../state/dial-target.ts'
import { turn } from '../../state/wishes.ts'
import {
  alongArc,
  alongAt,
  alongDrag,
  outness,
  type Point,
  SIZE,
  temperatureAt,
} from './dial-geometry.ts'
import type { Shown } from './shown.ts'

/** A press nearer to the centre than this is none on the arc. */
const INNER = 0.72

/** The wheel goes so far for one step, in pixels: one notch. */
const NOTCH = 100
/** Pixels of a line, for browsers that count a wheel in lines. */
const LINE = 34

interface Drag {
  readonly pointerId: number
  readonly handle: Handle
  /** Turns a place on the screen into one in the square of the dial. */
  readonly pointIn: (event: PointerEvent) => Point
  /** Along the arc, from where the hand took hold to the middle of the handle. */
  readonly offset: number
  readonly before: number
  along: number
  hasMoved: boolean
}

/** What the hand does at a dial: the handlers of its element. */
export function useDrag(serial: string, shown: ReadonlySignal<Shown | undefined>) {
  return useMemo(() => dragHandlers(serial, shown), [serial, shown])
}

function dragHandlers(serial: string, shown: ReadonlySignal<Shown | undefined>) {
  let drag: Drag | undefined
  let frame = 0
  let latest: PointerEvent | undefined
  let rolled = 0

  const follow = () => {
    frame = 0
    const { value } = shown
    if (drag === undefined || latest === undefined || value?.isSettable !== true) return
    const { handle } = drag
    drag.along = alongDrag(drag.pointIn(latest), drag.along)
    const to = temperatureAt(drag.along + drag.offset, value.scale)
    const { [handle]: at } = moved(value.target, handle, to, value.scale)
    if (at === value.target[handle]) return
    drag.hasMoved = true
    turn(serial, { [handle]: at }, 'moving')
  }

  /** @param isTakenAway - by the browser: then the target goes back to where it was */
  const end = (event: PointerEvent, isTakenAway: boolean) => {
    if (drag === undefined || event.pointerId !== drag.pointerId) return
    cancelAnimationFrame(frame)
    latest = isTakenAway ? undefined : event
    follow()
    const { handle, before, hasMoved } = drag
    drag = undefined
    const at = isTakenAway ? before : shown.value?.target[handle]
    if (hasMoved && at !== undefined) turn(serial, { [handle]: at }, 'done')
  }

  return {
    onPointerDown(event: TargetedPointerEvent<HTMLElement>) {
      const { value } = shown
      if (value?.isSettable !== true || drag !== undefined || event.button !== 0) return
      const pointIn = squareOf(event.currentTarget)
      const point = pointIn(event)
      const held = handleOf(event.target)
      // A finger on the arc scrolls the page; on a handle it drags.
      if (held === undefined && (event.pointerType === 'touch' || outness(point) < INNER)) return
      const along = alongAt(point)
      const handle = held ?? nearest(value.target, temperatureAt(along, value.scale))
      const before = handle === undefined ? undefined : value.target[handle]
      if (handle === undefined || before === undefined) return
      const offset = held === undefined ? 0 : alongArc(before, value.scale) - along
      const { pointerId } = event
      drag = { pointerId, handle, pointIn, offset, before, along, hasMoved: false }
      latest = event
      event.currentTarget.setPointerCapture(pointerId)
      focusHandle(event.currentTarget, handle)
      // Otherwise the browser takes the focus away again, or selects the words.
      event.preventDefault()
      follow()
    },
    onPointerMove(event: TargetedPointerEvent<HTMLElement>) {
      if (drag === undefined || event.pointerId !== drag.pointerId) return
      latest = event
      if (frame === 0) frame = requestAnimationFrame(follow)
    },
    onPointerUp: (event: TargetedPointerEvent<HTMLElement>) => end(event, false),
    onPointerCancel: (event: TargetedPointerEvent<HTMLElement>) => end(event, true),
    onWheel(event: TargetedWheelEvent<HTMLElement>) {
      const { value } = shown
      const { activeElement } = document
      const handle = handleOf(activeElement)
      const at = handle === undefined ? undefined : value?.target[handle]
      // Only after a person chose the dial: whoever scrolls past must not change the heating.
      if (value?.isSettable !== true || handle === undefined || at === undefined) return
      if (!event.currentTarget.contains(activeElement)) return
      event.preventDefault()
      rolled -= event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * LINE : event.deltaY
      const steps = Math.trunc(rolled / NOTCH)
      rolled -= steps * NOTCH
      const to = moved(value.target, handle, at + steps * stepOf(value.scale), value.scale)
      if (to[handle] !== at) turn(serial, { [handle]: to[handle] }, 'pressed')
    },
  }
}

/** The handle that an element is part of. */
function handleOf(element: EventTarget | null): Handle | undefined {
  const grip = element instanceof Element ? element.closest('[data-handle]') : null
  return (grip?.getAttribute('data-handle') ?? undefined) as Handle | undefined
}

/** The element is measured once for each drag: to measure it while it moves would make the browser lay out anew. */
function squareOf(element: HTMLElement): (event: PointerEvent) => Point {
  const { left, top, width, height } = element.getBoundingClientRect()
  return ({ clientX, clientY }) => ({
    x: ((clientX - left) / width) * SIZE,
    y: ((clientY - top) / height) * SIZE,
  })
}

function focusHandle(dial: HTMLElement, handle: Handle): void {
  const input = dial.querySelector<HTMLElement>(`[data-handle="${handle}"] input`)
  input?.focus({ preventScroll: true })
}
