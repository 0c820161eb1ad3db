import { type ReadonlySignal, useComputed } from '@preact/signals'
import type { Status } from '../../../api/shapes.ts'
import { doingLine, measuredText, splitNumber } from '../../state/climate-words.ts'
import type { DialTarget, Handle } from '../../state/dial-target.ts'
import { nowMs } from '../../state/household.ts'
import type { Climate } from '../../state/shown-climate.ts'
import { TEXTS } from '../../texts.ts'
import { alongArc, arcPath, pointAt, WHOLE_ARC } from './dial-geometry.ts'
import { DialHandle } from './dial-handle.tsx'
import { type Shown, shownOf } from './shown.ts'
import { useDrag } from './use-drag.ts'

const { climate: texts } = TEXTS

interface Props {
  readonly serial: string
  readonly status: ReadonlySignal<Status | undefined>
}

/**
 * The dial of a thermostat: an arc with the target as a handle, and what happens in its middle. A drag changes
 * attributes and texts through signals alone; nothing is rendered anew.
 */
export function Dial({ serial, status }: Props) {
  const shown = useComputed(() => shownOf(status.value))
  const handles = useComputed(() => Object.keys(shown.value?.target ?? {}).join(' '))
  const drag = useDrag(serial, shown)
  const tone = useComputed(() => `dial ${toneOf(shown.value)}`)
  const stretch = useComputed(() => stretchOf(shown.value))
  const mark = useComputed(() => markOf(shown.value))
  return (
    <div class={tone} {...drag}>
      <svg viewBox="0 0 200 200" aria-hidden="true">
        <path class="dial-ring" d={WHOLE_ARC} />
        <path class="dial-stretch" d={stretch} />
        <path class="dial-now" d={mark} />
      </svg>
      {handles.value
        .split(' ')
        .filter((handle) => handle !== '')
        .map((handle) => (
          <DialHandle key={handle} handle={handle as Handle} serial={serial} shown={shown} />
        ))}
      <Words shown={shown} status={status} />
    </div>
  )
}

/** The colour of what happens. */
function toneOf(shown: Shown | undefined): string {
  if (shown === undefined) return 'idle'
  if (shown.doing === 'heat' || shown.doing === 'cool') return shown.doing
  return shown.rule === 'eco' ? 'eco' : 'idle'
}

/** From now to the target that it heats or cools to; else between the bounds, or from now to the target. */
function stretchOf(shown: Shown | undefined): string {
  if (shown === undefined) return ''
  const { target, scale, now, doing } = shown
  const { low, high } = target
  const isBetween = low !== undefined && high !== undefined && doing !== 'heat' && doing !== 'cool'
  if (isBetween) return arcPath(alongArc(low, scale), alongArc(high, scale))
  const to = target.target ?? (doing === 'cool' ? high : low) ?? high
  if (to === undefined || now === null) return ''
  return arcPath(alongArc(inScale(now, scale), scale), alongArc(to, scale))
}

/** A short line across the arc where the measured temperature is. */
function markOf(shown: Shown | undefined): string {
  if (shown === undefined || shown.now === null) return ''
  const along = alongArc(inScale(shown.now, shown.scale), shown.scale)
  const [inner, outer] = [pointAt(along, 70), pointAt(along, 76)]
  return `M${inner.x} ${inner.y}L${outer.x} ${outer.y}`
}

function inScale(celsius: number, scale: Climate['scale']): number {
  return scale === 'F' ? celsius * 1.8 + 32 : celsius
}

/** What stands in the middle. Screen readers hear the target from the handles. */
function Words({
  shown,
  status,
}: {
  readonly shown: ReadonlySignal<Shown | undefined>
  readonly status: ReadonlySignal<Status | undefined>
}) {
  const rule = useComputed(() => texts.rules[shown.value?.rule ?? 'unknown'])
  const doing = useComputed(() =>
    status.value === undefined || shown.value === undefined || shown.value.rule === 'unknown'
      ? ''
      : doingLine(status.value, shown.value, nowMs.value),
  )
  const measured = useComputed(() =>
    shown.value === undefined ? texts.noReading : measuredText(shown.value),
  )
  const numbers = useComputed(() => numbersOf(shown.value?.target ?? {}).length)
  return (
    <div class="dial-words">
      <span class="dial-rule">{rule}</span>
      {numbers.value === 0 ? (
        <span class="dial-number none">–</span>
      ) : (
        <span class={numbers.value === 2 ? 'dial-number pair' : 'dial-number'}>
          <Figure shown={shown} at={0} />
          {numbers.value === 2 && <span class="dial-to">–</span>}
          {numbers.value === 2 && <Figure shown={shown} at={1} />}
        </span>
      )}
      <span class="dial-doing">{doing}</span>
      <span>{measured}</span>
    </div>
  )
}

/** One number of the target. The part after the decimal mark stands aside, so that the rest does not jump. */
function Figure({
  shown,
  at,
}: {
  readonly shown: ReadonlySignal<Shown | undefined>
  readonly at: 0 | 1
}) {
  const split = useComputed(() => {
    const number = numbersOf(shown.value?.target ?? {})[at]
    return number === undefined ? (['', ''] as const) : splitNumber(number)
  })
  const whole = useComputed(() => split.value[0])
  const fraction = useComputed(() => split.value[1])
  return (
    <span class="dial-figure">
      {whole}
      <span class="dial-fraction">{fraction}</span>
    </span>
  )
}

function numbersOf({ target, low, high }: DialTarget): number[] {
  return [target, low, high].filter((each) => each !== undefined)
}
