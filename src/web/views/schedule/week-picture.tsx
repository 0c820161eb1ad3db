import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Scale } from '../../../protocol/setpoint.ts'
import { TEXTS } from '../../texts.ts'
import { SetpointHandle } from './setpoint-handle.tsx'
import { addSetpoint, hasRoom, type SetpointPlace, type WeekEdit } from './week-edit.ts'
import { DAY_S, type Segment, segmentsOf, warmth } from './week-segments.ts'
import { dayText, degreesText } from './week-words.ts'

const { schedule: texts } = TEXTS
const DAYS = [0, 1, 2, 3, 4, 5, 6]
/** The hours named beside the picture. */
const HOURS = [0, 6, 12, 18, 24]
/** Below this width time runs from top to bottom, so that the numbers have room. */
const NARROW = '(max-width: 40rem)'

interface PictureProps {
  readonly edit: WeekEdit
  readonly scale: Scale
  readonly today: number
  readonly chosenDay: number
  readonly isDisabled: boolean
  readonly change: (change: (edit: WeekEdit) => WeekEdit) => void
  readonly chooseDay: (day: number) => void
}

/** The week as a picture of temperature over time, with the setpoints as handles. */
export function WeekPicture(props: PictureProps) {
  const { edit, scale, today, chosenDay, isDisabled, change, chooseDay } = props
  const isAcross = useIsWide()
  const preview = useSignal<((edit: WeekEdit) => WeekEdit) | undefined>(undefined)
  const shown = preview.value === undefined ? edit : preview.value(edit)
  const { week } = shown.now

  return (
    <div class={isAcross ? 'week across' : 'week down'}>
      <p id="week-keys" class="heard">
        {texts.keys}
      </p>
      {DAYS.map((day) => (
        <div key={day} class="week-day" style={{ '--column': day + 2 }}>
          <button
            type="button"
            class="day-name"
            title={dayText(day)}
            aria-pressed={day === chosenDay}
            onClick={() => chooseDay(day)}
          >
            {dayText(day, 'short')}
          </button>
          <div class={day === today ? 'day-strip today' : 'day-strip'}>
            {segmentsOf(week, day).map((segment) => (
              <Stretch key={segment.from} segment={segment} scale={scale} isAcross={isAcross} />
            ))}
            {(week[day] ?? []).map((entry, index) => (
              <SetpointHandle
                // The place, not the time: the handle stays the same while it moves.
                key={index}
                place={{ day, index }}
                entry={entry}
                scale={scale}
                isDisabled={isDisabled}
                isAcross={isAcross}
                preview={(step) => {
                  preview.value = step
                }}
                change={(step) => {
                  change(step)
                  keepFocus(day, index)
                }}
                choose={() => chooseDay(day)}
              />
            ))}
          </div>
          <button
            type="button"
            class="day-add"
            aria-label={texts.addTo(dayText(day))}
            disabled={isDisabled || !hasRoom(week, day)}
            onClick={() => {
              chooseDay(day)
              addAndFocus(change, day)
            }}
          >
            +
          </button>
        </div>
      ))}
      <div class="hours" aria-hidden="true">
        {HOURS.map((hour) => (
          <span key={hour} style={{ '--at': hour / 24 }}>
            {hour}
          </span>
        ))}
      </div>
    </div>
  )
}

function Stretch(props: {
  readonly segment: Segment
  readonly scale: Scale
  readonly isAcross: boolean
}) {
  const { from, to, temps, index } = props.segment
  const [low, high = low] = temps
  const colour = (degrees: number | undefined) => {
    const percent = warmth(degrees ?? 19)
    const towards = percent < 0 ? 'var(--week-cold)' : 'var(--week-warm)'
    return `color-mix(in oklab, ${towards} ${Math.abs(percent)}%, var(--week-mild))`
  }
  return (
    <span
      class={index === undefined ? 'stretch carried' : 'stretch'}
      style={{
        '--from': from / DAY_S,
        '--share': (to - from) / DAY_S,
        '--low': temps.length === 0 ? 'var(--ring)' : colour(low),
        '--high': temps.length === 0 ? 'var(--ring)' : colour(high),
      }}
      aria-hidden="true"
    >
      {hasSpace(to - from, temps, props.isAcross) &&
        temps.map((temp) => <span key={temp}>{degreesText([temp], props.scale)}</span>)}
    </span>
  )
}

/** Whether the number has room in its stretch; a number that is cut off is worse than none. */
function hasSpace(seconds: number, temps: readonly number[], isAcross: boolean): boolean {
  if (isAcross) return seconds >= 5400 * temps.length
  return seconds >= 3600 * temps.length
}

function addAndFocus(change: PictureProps['change'], day: number): void {
  let place: SetpointPlace | undefined
  change((edit) => {
    const added = addSetpoint(edit, day, undefined)
    place = added.place
    return added.edit
  })
  if (place !== undefined) keepFocus(place.day, place.index)
}

/** Puts the focus on a setpoint, or on the one before when it is gone. */
function keepFocus(day: number, index: number): void {
  requestAnimationFrame(() => {
    for (const i of [index, index - 1]) {
      const found = document.querySelector<HTMLElement>(`[data-place="${day}-${i}"]`)
      if (found !== null) {
        found.focus()
        return
      }
    }
  })
}

function useIsWide(): boolean {
  const isWide = useSignal(!matchMedia(NARROW).matches)
  useEffect(() => {
    const query = matchMedia(NARROW)
    const follow = () => {
      isWide.value = !query.matches
    }
    query.addEventListener('change', follow)
    return () => query.removeEventListener('change', follow)
  }, [isWide])
  return isWide.value
}
