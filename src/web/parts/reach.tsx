import { type ReadonlySignal, useComputed } from '@preact/signals'
import type { Status } from '../../api/shapes.ts'
import { linkTo } from '../route.ts'
import { reachText, warningsOf } from '../state/climate-words.ts'
import { nowMs } from '../state/household.ts'
import { TEXTS } from '../texts.ts'

interface Props {
  readonly status: ReadonlySignal<Status | undefined>
}

/** Whether a thermostat is reachable, or since when it was not heard from. */
export function Reach({ status }: Props) {
  const text = useComputed(() =>
    status.value === undefined ? '' : reachText(status.value, nowMs.value),
  )
  const tone = useComputed(() => (status.value?.is_available === true ? 'reach' : 'reach silent'))
  return <span class={tone}>{text}</span>
}

/** What people should do something about. */
export function Warnings({ status }: Props) {
  const { value } = status
  if (value === undefined) return null
  const found = warningsOf(value)
  const pairing = value.owner === null ? TEXTS.warnings.unpaired : value.pairing_warning
  if (found.length === 0 && pairing === null) return null
  return (
    <ul class="warnings">
      {found.map((warning) => (
        <li key={warning}>{warning}</li>
      ))}
      {pairing !== null && (
        <li>
          {pairing} <a href={linkTo({ view: 'pair' })}>{TEXTS.warnings.pair}</a>
        </li>
      )}
    </ul>
  )
}
