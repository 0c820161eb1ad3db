import { useSignal } from '@preact/signals'
import { durationText } from '../../format/durations.ts'
import { TEXTS } from '../../texts.ts'

const MINUTE_S = 60

interface Props {
  /** Before the choice of how long. */
  readonly label: string
  /** On the button that starts. */
  readonly start: string
  readonly minutes: readonly number[]
  /** The choice at first; one of `minutes`. */
  readonly usual: number
  readonly isFixed: boolean
  readonly isRunning: boolean
  /** Starts it for so many seconds; 0 ends it. */
  readonly run: (seconds: number) => void
}

/** Starts something for a while, or ends it. */
export function RunFor({ label, start, minutes, usual, isFixed, isRunning, run }: Props) {
  const chosen = useSignal(usual)
  return (
    <div class="row">
      <label class="labelled inline">
        <span>{label}</span>
        <select
          class="field"
          disabled={isFixed}
          value={chosen.value}
          onChange={({ currentTarget }) => {
            chosen.value = Number(currentTarget.value)
          }}
        >
          {minutes.map((each) => (
            <option key={each} value={each}>
              {durationText(each * 60_000)}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        class="button main"
        disabled={isFixed}
        onClick={() => run(chosen.value * MINUTE_S)}
      >
        {start}
      </button>
      {isRunning && (
        <button type="button" class="button" disabled={isFixed} onClick={() => run(0)}>
          {TEXTS.device.stop}
        </button>
      )}
    </div>
  )
}
