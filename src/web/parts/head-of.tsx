import type { Status } from '../../api/shapes.ts'
import { linkTo } from '../route.ts'
import { thermostats } from '../state/household.ts'
import { TEXTS } from '../texts.ts'

/** The thermostat that an address names; else the first one that is paired, or else the first one. */
export function statusOf(serial: string | undefined): Status | undefined {
  const all = [...thermostats.value.values()]
  return all.find((each) => each.serial === serial) ?? all.find(isPaired) ?? all[0]
}

export function isPaired({ owner }: Status): boolean {
  return owner !== null
}

/** The heading of a view that is of one thermostat, with the choice of another one where there is one. */
export function HeadOf(props: {
  readonly view: 'schedule' | 'history'
  readonly title: string
  readonly status: Status
}) {
  const { view, title, status } = props
  const all = [...thermostats.value.values()]
  return (
    <header class="head-of">
      <h1>{title}</h1>
      {all.length === 1 ? (
        <bdi class="quiet">{status.name}</bdi>
      ) : (
        <label class="whose">
          <span class="heard">{TEXTS.shell.thermostat}</span>
          <select
            class="field"
            value={status.serial}
            onChange={(event) => {
              location.hash = linkTo({ view, serial: event.currentTarget.value })
            }}
          >
            {all.map((each) => (
              <option key={each.serial} value={each.serial}>
                {each.name}
              </option>
            ))}
          </select>
        </label>
      )}
    </header>
  )
}
