import type { ReadonlySignal } from '@preact/signals'
import { useComputed } from '@preact/signals'
import type { Status } from '../../api/shapes.ts'
import { nextText, targetText } from '../state/climate-words.ts'
import { asked } from '../state/commands.ts'
import { deliveryLine } from '../state/delivery-line.ts'
import { lastChanges, nowMs } from '../state/household.ts'
import { climateOf } from '../state/shown-climate.ts'

/**
 * The line that tells what became of the last change of a thermostat, in a region that screen readers read out.
 * While there is nothing to tell, what the schedule does next stands in its place.
 */
export function DeliveryStatus({
  serial,
  status,
}: {
  readonly serial: string
  readonly status: ReadonlySignal<Status | undefined>
}) {
  const line = useComputed(() =>
    deliveryLine(
      asked.value.get(serial),
      lastChanges.value.get(serial),
      turnedTo(status.value),
      nowMs.value,
    ),
  )
  const next = useComputed(() =>
    status.value === undefined ? undefined : nextText(status.value, nowMs.value),
  )
  return (
    <div class="told">
      <p role="status" class={`told-line ${line.value?.tone ?? ''}`}>
        {line.value?.text}
      </p>
      {line.value === undefined && <p class="quiet">{next}</p>}
    </div>
  )
}

function turnedTo(status: Status | undefined): string | undefined {
  if (status === undefined) return undefined
  const { target, scale } = climateOf(status)
  return targetText(target, scale)
}
