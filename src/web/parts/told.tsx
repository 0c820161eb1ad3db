import { deliveryLine } from '../state/delivery-line.ts'
import { lastChanges, nowMs } from '../state/household.ts'
import { asked } from '../state/sending.ts'

/**
 * The line that tells what became of the last change of a thermostat. It is there while it is empty, so that
 * screen readers hear what is written into it.
 *
 * @param turnedTo - the target of now, in words
 */
export function Told({
  serial,
  turnedTo,
}: {
  readonly serial: string
  readonly turnedTo?: string
}) {
  const line = deliveryLine(
    asked.value.get(serial),
    lastChanges.value.get(serial),
    turnedTo,
    nowMs.value,
  )
  return (
    <p role="status" class={`told ${line?.tone ?? ''}`}>
      {line?.text}
    </p>
  )
}
