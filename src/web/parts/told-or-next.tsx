import { type ReadonlySignal, useComputed } from '@preact/signals'
import type { Status } from '../../api/shapes.ts'
import { nextText, targetText } from '../state/climate-words.ts'
import { nowMs } from '../state/household.ts'
import { climateOf } from '../state/shown-climate.ts'
import { Told } from './told.tsx'

/**
 * What became of the last change of a thermostat. While there is nothing to tell, what the schedule does next
 * stands in its place.
 */
export function ToldOrNext({
  serial,
  status,
}: {
  readonly serial: string
  readonly status: ReadonlySignal<Status | undefined>
}) {
  const next = useComputed(() =>
    status.value === undefined ? undefined : nextText(status.value, nowMs.value),
  )
  const target = useComputed(() => {
    if (status.value === undefined) return undefined
    const climate = climateOf(status.value)
    return targetText(climate.target, climate.scale)
  })
  const turnedTo = target.value === undefined ? {} : { turnedTo: target.value }
  return (
    <div class="told-or-next">
      <Told serial={serial} {...turnedTo} />
      <p class="quiet next">{next}</p>
    </div>
  )
}
