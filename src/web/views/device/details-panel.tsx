import { TEXTS } from '../../texts.ts'
import { detailsOf } from './details.ts'
import type { DeviceProps } from './device-props.ts'

/** All that the server tells of a thermostat, by the names that the API has. */
export function DetailsPanel({ status }: Pick<DeviceProps, 'status'>) {
  if (status.value === undefined) return null
  return (
    <section class="panel">
      <details class="group alone">
        <summary>
          <h2>{TEXTS.device.technical}</h2>
        </summary>
        <dl class="details">
          {detailsOf(status.value).map(([field, value]) => (
            <div key={field}>
              <dt>{field}</dt>
              <dd>
                <bdi>{value}</bdi>
              </dd>
            </div>
          ))}
        </dl>
      </details>
    </section>
  )
}
