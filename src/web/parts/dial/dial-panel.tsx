import { type ReadonlySignal, useComputed } from '@preact/signals'
import type { Status } from '../../../api/shapes.ts'
import { factsOf } from '../../state/climate-words.ts'
import { stepped } from '../../state/dial-target.ts'
import { nowMs } from '../../state/household.ts'
import { maySend } from '../../state/permission.ts'
import { send } from '../../state/sending.ts'
import { climateOf, modeToTurnOn } from '../../state/shown-climate.ts'
import { turn } from '../../state/wishes.ts'
import { TEXTS } from '../../texts.ts'
import { ToldOrNext } from '../told-or-next.tsx'
import { Dial } from './dial.tsx'
import { shownOf } from './shown.ts'

interface Props {
  readonly serial: string
  readonly status: ReadonlySignal<Status | undefined>
}

/** The dial with its two buttons, the facts between them, and the line that tells what became of a change. */
export function DialPanel({ serial, status }: Props) {
  const shown = useComputed(() => shownOf(status.value))
  const isFixed = useComputed(() => shown.value?.isSettable !== true)
  const press = (steps: 1 | -1) => {
    const { value } = shown
    if (value?.isSettable !== true) return
    const target = stepped(value.target, steps, value.scale)
    if (target !== value.target) turn(serial, target, 'pressed')
  }
  const { warmer, cooler } = TEXTS.climate
  return (
    <>
      <Dial serial={serial} status={status} />
      <div class="dial-row">
        <button
          type="button"
          class="button round"
          aria-label={cooler}
          disabled={isFixed}
          onClick={() => press(-1)}
        >
          −
        </button>
        <div class="dial-between">
          <WayBack serial={serial} status={status} />
          <Facts status={status} />
        </div>
        <button
          type="button"
          class="button round"
          aria-label={warmer}
          disabled={isFixed}
          onClick={() => press(1)}
        >
          +
        </button>
      </div>
      <ToldOrNext serial={serial} status={status} />
    </>
  )
}

/** In eco, and when it is off, one tap leads back to where the target counts. */
function WayBack({ serial, status }: Props) {
  const rule = useComputed(() => (status.value === undefined ? '' : climateOf(status.value).rule))
  const { value } = status
  if (value === undefined || !maySend(value)) return null
  if (rule.value === 'eco') {
    return (
      <button type="button" class="button" onClick={() => void send(serial, 'set_away', false)}>
        {TEXTS.home.endEco}
      </button>
    )
  }
  if (rule.value !== 'off') return null
  const mode = modeToTurnOn(value)
  return (
    <button type="button" class="button" onClick={() => void send(serial, 'set_mode', mode)}>
      {TEXTS.home.turnOn(TEXTS.device.modes[mode])}
    </button>
  )
}

function Facts({ status }: Pick<Props, 'status'>) {
  const facts = useComputed(() =>
    status.value === undefined ? [] : factsOf(status.value, nowMs.value),
  )
  return (
    <ul class="facts">
      {facts.value.map((fact) => (
        <li key={fact}>{fact}</li>
      ))}
    </ul>
  )
}
