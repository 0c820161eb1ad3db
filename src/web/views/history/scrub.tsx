import type { ComponentChildren } from 'preact'
import { TEXTS } from '../../texts.ts'

const { history: texts } = TEXTS

interface ScrubProps {
  /** How many points there are. */
  readonly count: number
  /** The point that is told. */
  readonly index: number
  /** What is told of it. */
  readonly words: string
  /** How many points Page Up and Page Down pass. */
  readonly far: number
  readonly indexAt: (clientX: number) => number | undefined
  /** Undefined: back to the point that is told when nobody asks. */
  readonly choose: (index: number | undefined) => void
  readonly children: ComponentChildren
}

/** Charts with a point of time that pointer, finger and keys move. */
export function Scrub(props: ScrubProps) {
  const { count, index, words, far, choose } = props
  const onKeyDown = (event: KeyboardEvent) => {
    const next = indexAfter(event.key, index, far, count - 1)
    if (next === undefined) return
    event.preventDefault()
    choose(next === 'none' ? undefined : next)
  }
  const follow = (event: PointerEvent) => {
    const found = props.indexAt(event.clientX)
    if (found !== undefined) choose(found)
  }
  return (
    <div
      class="scrub"
      role="slider"
      tabIndex={0}
      aria-label={texts.cursor}
      aria-valuemin={0}
      aria-valuemax={count - 1}
      aria-valuenow={index}
      aria-valuetext={words}
      aria-describedby="history-keys"
      onKeyDown={onKeyDown}
      onPointerDown={follow}
      onPointerMove={follow}
      onPointerLeave={(event) => {
        // A finger that is lifted leaves its point to be read.
        if (event.pointerType === 'mouse') choose(undefined)
      }}
    >
      {props.children}
    </div>
  )
}

function indexAfter(
  key: string,
  index: number,
  far: number,
  last: number,
): number | 'none' | undefined {
  const to = (wanted: number) => Math.max(0, Math.min(last, wanted))
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return to(index - 1)
    case 'ArrowRight':
    case 'ArrowUp':
      return to(index + 1)
    case 'PageDown':
      return to(index - far)
    case 'PageUp':
      return to(index + far)
    case 'Home':
      return 0
    case 'End':
      return last
    case 'Escape':
      return 'none'
    default:
      return undefined
  }
}
