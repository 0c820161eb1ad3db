import { useComputed } from '@preact/signals'
import { AccessNote } from '../../parts/access-note.tsx'
import { DialPanel } from '../../parts/dial/dial-panel.tsx'
import { Reach, Warnings } from '../../parts/reach.tsx'
import { useStatus } from '../../parts/use-status.ts'
import { linkTo } from '../../route.ts'
import { timeToTarget } from '../../state/climate-words.ts'
import { nowMs } from '../../state/household.ts'
import { climateOf } from '../../state/shown-climate.ts'
import { TEXTS } from '../../texts.ts'
import { ChangesPanel } from './changes-panel.tsx'
import { DetailsPanel } from './details-panel.tsx'
import { FanPanel } from './fan-panel.tsx'
import { HotWaterPanel } from './hot-water-panel.tsx'
import { ModePanel } from './mode-panel.tsx'
import { NameForm } from './name-form.tsx'
import { SettingsPanel } from './settings-panel.tsx'
import { UnpairPanel } from './unpair-panel.tsx'

const { device: texts } = TEXTS

/** All of one thermostat. */
export function DeviceView({ serial }: { readonly serial: string }) {
  const status = useStatus(serial)
  const isKnown = useComputed(() => status.value !== undefined)
  const isPaired = useComputed(() => (status.value?.owner ?? null) !== null)
  const reached = useComputed(() => {
    const { value } = status
    if (value === undefined) return ''
    const time = timeToTarget(value, climateOf(value), nowMs.value)
    return time === undefined ? '' : TEXTS.climate.reached(time)
  })
  if (!isKnown.value) {
    return (
      <p>
        {texts.unknown} <a href={linkTo({ view: 'home' })}>{texts.back}</a>
      </p>
    )
  }
  const props = { serial, status }
  return (
    <>
      <div class="device-head">
        <NameForm {...props} />
        <Reach status={status} />
        <nav class="device-links" aria-label={texts.ofThis}>
          <a href={linkTo({ view: 'schedule', serial })}>{texts.schedule}</a>
          <a href={linkTo({ view: 'history', serial })}>{texts.history}</a>
        </nav>
      </div>
      <AccessNote />
      <Warnings status={status} />
      <div class="device">
        <div class="panel dial-large device-dial">
          <DialPanel {...props} />
          <p class="quiet device-reached">{reached}</p>
        </div>
        <div class="device-rest">
          <ModePanel {...props} />
          <FanPanel {...props} />
          <HotWaterPanel {...props} />
          <SettingsPanel {...props} />
          <ChangesPanel {...props} />
          <DetailsPanel status={status} />
          {isPaired.value && <UnpairPanel {...props} />}
        </div>
      </div>
    </>
  )
}
