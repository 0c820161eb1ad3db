import { useSignal } from '@preact/signals'
import { secondsOf, timeText } from '../../../protocol/schedule/days.ts'
import type { Entry } from '../../../protocol/schedule/week.ts'
import type { Scale } from '../../../protocol/setpoint.ts'
import { MAX_SETPOINT_C, MIN_SETPOINT_C } from '../../../protocol/setpoint.ts'
import { onGrid, toCelsius } from '../../format/temperature.ts'
import { TEXTS } from '../../texts.ts'
import {
  addSetpoint,
  copyDay,
  hasRoom,
  moveSetpoint,
  removeSetpoint,
  type WeekEdit,
} from './week-edit.ts'
import { dayText, setpointLabel } from './week-words.ts'

const { schedule: texts } = TEXTS
const DAYS = [0, 1, 2, 3, 4, 5, 6]

interface DayProps {
  readonly edit: WeekEdit
  readonly day: number
  readonly scale: Scale
  readonly isDisabled: boolean
  readonly change: (change: (edit: WeekEdit) => WeekEdit) => void
}

/** One day as a list of fields: all that the picture can do, without the picture. */
export function DayPanel({ edit, day, scale, isDisabled, change }: DayProps) {
  const entries = edit.now.week[day] ?? []
  const name = dayText(day)
  return (
    <section class="panel day-panel" aria-label={name}>
      <h2>{name}</h2>
      {entries.length === 0 && <p class="quiet">{texts.noSetpoints}</p>}
      <ul class="setpoints">
        {entries.map((entry, index) => (
          <li key={index}>
            <TimeField
              entry={entry}
              isDisabled={isDisabled}
              set={(at) => change((now) => moveSetpoint(now, { day, index }, { at }))}
            />
            {entry.temps.map((temp, which) => (
              <DegreesField
                key={which}
                label={degreesLabel(entry, which)}
                temp={temp}
                scale={scale}
                isDisabled={isDisabled}
                set={(degrees) =>
                  change((now) =>
                    moveSetpoint(now, { day, index }, { temps: entry.temps.with(which, degrees) }),
                  )
                }
              />
            ))}
            <button
              type="button"
              class="button"
              disabled={isDisabled}
              aria-label={texts.removeOf(setpointLabel(day, entry.at, entry.temps, scale))}
              onClick={() => change((now) => removeSetpoint(now, { day, index }))}
            >
              {texts.remove}
            </button>
          </li>
        ))}
      </ul>
      <div class="day-actions">
        <button
          type="button"
          class="button"
          disabled={isDisabled || !hasRoom(edit.now.week, day)}
          onClick={() => change((now) => addSetpoint(now, day, undefined).edit)}
        >
          {texts.add}
        </button>
        <CopyDay day={day} isDisabled={isDisabled} change={change} />
      </div>
    </section>
  )
}

function degreesLabel({ at, temps }: Entry, which: number): string {
  const time = timeText(at)
  if (temps.length === 1) return texts.degrees(time)
  return which === 0 ? texts.low(time) : texts.high(time)
}

function TimeField(props: {
  readonly entry: Entry
  readonly isDisabled: boolean
  readonly set: (at: number) => void
}) {
  const shown = timeText(props.entry.at)
  return (
    <input
      class="field"
      type="time"
      step={900}
      value={shown}
      disabled={props.isDisabled}
      aria-label={texts.time(shown)}
      onChange={(event) => {
        const at = secondsOf(event.currentTarget.value)
        // The model may hold it back, or nothing may be typed: show what counts.
        if (at !== undefined) props.set(at)
        event.currentTarget.value = shown
      }}
    />
  )
}

function DegreesField(props: {
  readonly label: string
  readonly temp: number
  readonly scale: Scale
  readonly isDisabled: boolean
  readonly set: (degrees: number) => void
}) {
  const { scale } = props
  const shown = String(onGrid(props.temp, scale))
  return (
    <span class="degrees">
      <input
        class="field"
        type="number"
        inputMode="decimal"
        min={scale === 'F' ? Math.ceil(MIN_SETPOINT_C * 1.8 + 32) : MIN_SETPOINT_C}
        max={onGrid(MAX_SETPOINT_C, scale)}
        step={scale === 'F' ? 1 : 0.5}
        value={shown}
        disabled={props.isDisabled}
        aria-label={props.label}
        onChange={(event) => {
          const typed = event.currentTarget.valueAsNumber
          if (!Number.isNaN(typed)) props.set(toCelsius(typed, scale))
          event.currentTarget.value = shown
        }}
      />
      °{scale}
    </span>
  )
}

/** Copies a day to others, chosen one by one. */
function CopyDay({ day, isDisabled, change }: Omit<DayProps, 'edit' | 'scale'>) {
  const chosen = useSignal<readonly number[]>([])
  const others = DAYS.filter((other) => other !== day)
  return (
    <fieldset class="copy-day" disabled={isDisabled}>
      <legend>{texts.copyTo(dayText(day))}</legend>
      {others.map((other) => (
        <label key={other} class="tick">
          <input
            type="checkbox"
            checked={chosen.value.includes(other)}
            onChange={(event) => {
              const rest = chosen.value.filter((each) => each !== other)
              chosen.value = event.currentTarget.checked ? [...rest, other] : rest
            }}
          />
          {dayText(other, 'short')}
        </label>
      ))}
      <button
        type="button"
        class="button"
        disabled={chosen.value.length === 0}
        onClick={() => {
          change((now) => copyDay(now, day, chosen.value))
          chosen.value = []
        }}
      >
        {texts.copy}
      </button>
    </fieldset>
  )
}
