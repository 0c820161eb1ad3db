import { useRef } from 'preact/hooks'
import { timeText } from '../../../protocol/schedule/days.ts'
import type { Entry } from '../../../protocol/schedule/week.ts'
import type { Scale } from '../../../protocol/setpoint.ts'
import {
  moveSetpoint,
  removeSetpoint,
  type SetpointPlace,
  STEP_S,
  type WeekEdit,
  warmer,
} from './week-edit.ts'
import { DAY_S } from './week-segments.ts'
import { degreesText, setpointLabel } from './week-words.ts'

interface HandleProps {
  readonly place: SetpointPlace
  readonly entry: Entry
  readonly scale: Scale
  readonly isDisabled: boolean
  /** Time runs from left to right, or from top to bottom on a phone. */
  readonly isAcross: boolean
  /** Shows a step while the finger is down, and takes it when it is up. */
  readonly preview: (change: ((edit: WeekEdit) => WeekEdit) | undefined) => void
  readonly change: (change: (edit: WeekEdit) => WeekEdit) => void
  readonly choose: () => void
}

/** A finger or pointer moves by so many pixels for one step of temperature. */
const PIXELS_A_STEP = 8
/** Less is a tap that was not quite still. */
const TAP_PIXELS = 4

interface Drag {
  /** The setpoint when it began. */
  readonly from: Entry
  readonly x: number
  readonly y: number
  /** Of the day in the picture, along its time. */
  readonly length: number
  step: ((edit: WeekEdit) => WeekEdit) | undefined
}

/** The handle of one setpoint in the picture of the week. */
export function SetpointHandle(props: HandleProps) {
  const { place, entry, scale, isAcross, preview, change, choose } = props
  const drag = useRef<Drag | undefined>(undefined)

  const stepTo = (dx: number, dy: number, { from, length }: Drag) => {
    const [along, against] = isAcross ? [dx, -dy] : [dy, dx]
    const at = from.at + Math.round((along / length) * (DAY_S / STEP_S)) * STEP_S
    const steps = Math.round(against / PIXELS_A_STEP)
    const temps = steps === 0 ? from.temps : from.temps.map((temp) => warmer(temp, steps, scale))
    return (edit: WeekEdit) => moveSetpoint(edit, place, { at, temps })
  }

  const onPointerDown = (event: PointerEvent & { currentTarget: HTMLElement }) => {
    const day = event.currentTarget.closest('.day-strip')?.getBoundingClientRect()
    if (day === undefined || event.button !== 0) return
    event.currentTarget.setPointerCapture(event.pointerId)
    const length = isAcross ? day.width : day.height
    drag.current = { from: entry, x: event.clientX, y: event.clientY, length, step: undefined }
  }
  const onPointerMove = (event: PointerEvent) => {
    const begun = drag.current
    if (begun === undefined) return
    const [dx, dy] = [event.clientX - begun.x, event.clientY - begun.y]
    if (begun.step === undefined && Math.hypot(dx, dy) < TAP_PIXELS) return
    begun.step = stepTo(dx, dy, begun)
    preview(begun.step)
  }
  const onPointerUp = () => {
    const step = drag.current?.step
    drag.current = undefined
    preview(undefined)
    if (step !== undefined) change(step)
  }
  const onPointerCancel = () => {
    drag.current = undefined
    preview(undefined)
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const step = keyStep(event.key, entry, place, scale, isAcross)
    if (step === undefined) return
    event.preventDefault()
    change(step)
  }

  return (
    <button
      type="button"
      class="handle"
      disabled={props.isDisabled}
      data-label={`${timeText(entry.at)} · ${degreesText(entry.temps, scale)}°`}
      data-place={`${place.day}-${place.index}`}
      style={{ '--at': entry.at / DAY_S }}
      aria-label={setpointLabel(place.day, entry.at, entry.temps, scale)}
      aria-describedby="week-keys"
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={onPointerCancel}
      onKeyDown={onKeyDown}
      onClick={choose}
    />
  )
}

/** The step that a key takes. Arrows along the time move the setpoint, arrows across change its temperature. */
function keyStep(
  key: string,
  entry: Entry,
  place: SetpointPlace,
  scale: Scale,
  isAcross: boolean,
): ((edit: WeekEdit) => WeekEdit) | undefined {
  const later = isAcross ? 'ArrowRight' : 'ArrowDown'
  const earlier = isAcross ? 'ArrowLeft' : 'ArrowUp'
  const up = isAcross ? 'ArrowUp' : 'ArrowRight'
  const down = isAcross ? 'ArrowDown' : 'ArrowLeft'
  const inTime = (seconds: number) => (edit: WeekEdit) =>
    moveSetpoint(edit, place, { at: entry.at + seconds })
  const inDegrees = (steps: number) => (edit: WeekEdit) =>
    moveSetpoint(edit, place, { temps: entry.temps.map((temp) => warmer(temp, steps, scale)) })
  switch (key) {
    case later:
      return inTime(STEP_S)
    case earlier:
      return inTime(-STEP_S)
    case 'PageDown':
      return inTime(4 * STEP_S)
    case 'PageUp':
      return inTime(-4 * STEP_S)
    case up:
    case '+':
      return inDegrees(1)
    case down:
    case '-':
      return inDegrees(-1)
    case 'Delete':
    case 'Backspace':
      return (edit) => removeSetpoint(edit, place)
    default:
      return undefined
  }
}
