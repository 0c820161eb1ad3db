import { useComputed } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { request } from '../../client/request.ts'
import { whenText } from '../../format/times.ts'
import { connection, lastChanges, nowMs } from '../../state/household.ts'
import { TEXTS } from '../../texts.ts'
import { changeText, stateText } from './change-words.ts'
import type { DeviceProps } from './device-props.ts'
import { useReading } from './use-reading.ts'

const { device: texts } = TEXTS

const LIMIT = 20

/** What was asked of the thermostat lately, and what became of it. */
export function ChangesPanel({ serial, status }: DeviceProps) {
  const read = useMemo(
    () => async () => {
      const { changes } = await request('listChanges', { query: { serial, limit: LIMIT } })
      return changes
    },
    [serial],
  )
  const reading = useReading(read, () => [lastChanges.value.get(serial), connection.value])
  const scale = useComputed(() => status.value?.temperature_scale ?? 'C')
  const { value: changes, isMissing } = reading.value
  return (
    <section class="panel" aria-labelledby="changes">
      <h2 id="changes">{texts.changes}</h2>
      {isMissing && <p class="quiet">{texts.changesGone}</p>}
      {changes?.length === 0 && <p class="quiet">{texts.noChanges}</p>}
      {changes !== undefined && changes.length > 0 && (
        <ol class="changes">
          {changes.map((change) => (
            <li key={change.id}>
              <time class="quiet" dateTime={change.created_at}>
                {whenText(Date.parse(change.created_at), nowMs.value)}
              </time>
              <span>
                <bdi>{changeText(change, scale.value)}</bdi>
              </span>
              <span class={`change-state ${change.state}`}>{stateText(change)}</span>
              {change.reason !== null && <span class="quiet reason">{change.reason}</span>}
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
