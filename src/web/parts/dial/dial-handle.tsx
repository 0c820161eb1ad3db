import { type ReadonlySignal, useComputed } from '@preact/signals'
import { numberText } from '../../format/temperature.ts'
import { type Handle, keyedTo, limitsOfHandle, moved, stepOf } from '../../state/dial-target.ts'
import { turn } from '../../state/wishes.ts'
import { TEXTS } from '../../texts.ts'
import { alongArc, pointAt, SIZE } from './dial-geometry.ts'
import type { Shown } from './shown.ts'

const { climate: texts } = TEXTS

/**
 * One handle of a dial. It is a real slider of the browser, invisible over the knob, so that every screen
 * reader and every keyboard can move it; the hand moves the knob.
 */
export function DialHandle({
  handle,
  serial,
  shown,
}: {
  readonly handle: Handle
  readonly serial: string
  readonly shown: ReadonlySignal<Shown | undefined>
}) {
  const at = useComputed(() => shown.value?.target[handle] ?? 0)
  const scale = useComputed(() => shown.value?.scale ?? 'C')
  const place = useComputed(() => {
    const { x, y } = pointAt(alongArc(at.value, scale.value))
    return `left:${(x / SIZE) * 100}%;top:${(y / SIZE) * 100}%`
  })
  const text = useComputed(() => {
    const temperature = `${numberText(at.value)} °${scale.value}`
    return shown.value?.rule === 'eco' ? texts.inEco(temperature) : temperature
  })
  const isFixed = useComputed(() => shown.value?.isSettable !== true)
  const limits = useComputed(() => limitsOfHandle(shown.value?.target ?? {}, handle, scale.value))
  const moveTo = (to: number) => {
    const { value } = shown
    if (value?.isSettable !== true) return
    const target = moved(value.target, handle, to, value.scale)
    if (target[handle] !== at.value) turn(serial, { [handle]: target[handle] }, 'pressed')
  }
  return (
    <span class="dial-grip" data-handle={handle} style={place}>
      <input
        type="range"
        aria-label={texts[handle]}
        aria-valuetext={text}
        min={useComputed(() => limits.value.min)}
        max={useComputed(() => limits.value.max)}
        step={useComputed(() => stepOf(scale.value))}
        value={at}
        disabled={isFixed}
        onInput={({ currentTarget }) => moveTo(currentTarget.valueAsNumber)}
        onKeyDown={(event) => {
          if (event.altKey || event.ctrlKey || event.metaKey) return
          const to = keyedTo(event.key, at.value, scale.value)
          if (to === undefined) return
          event.preventDefault()
          moveTo(to)
        }}
      />
    </span>
  )
}
