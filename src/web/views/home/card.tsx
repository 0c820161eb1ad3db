import { useComputed } from '@preact/signals'
import { DialPanel } from '../../parts/dial/dial-panel.tsx'
import { Reach, Warnings } from '../../parts/reach.tsx'
import { useStatus } from '../../parts/use-status.ts'
import { linkTo } from '../../route.ts'

/** One thermostat: what it measures, wants and does, and what became of the last change. */
export function Card({ serial }: { readonly serial: string }) {
  const status = useStatus(serial)
  const name = useComputed(() => status.value?.name ?? serial)
  return (
    <article class="card thermostat" aria-label={name}>
      <header class="card-head">
        <h2>
          <a href={linkTo({ view: 'device', serial })}>
            <bdi>{name}</bdi>
          </a>
        </h2>
        <Reach status={status} />
      </header>
      <Warnings status={status} />
      <DialPanel serial={serial} status={status} />
    </article>
  )
}
