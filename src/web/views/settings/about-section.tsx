import { numberText } from '../../format/temperature.ts'
import { whenText } from '../../format/times.ts'
import { nowMs } from '../../state/household.ts'
import { health } from '../../state/server-health.ts'
import { TEXTS } from '../../texts.ts'
import { Panel } from './panel.tsx'

const { settings: texts } = TEXTS
/** Another day, so that the example has a date. */
const DAY_MS = 86_400_000

/** The version, and how this page writes what it shows. */
export function AboutSection() {
  const example = `${whenText(nowMs.value - DAY_MS, nowMs.value)}; ${numberText(20.5)}`
  return (
    <Panel title={texts.about}>
      <p class="figures">{health.value === undefined ? '' : texts.version(health.value.version)}</p>
      <p class="hint">{texts.units(example)}</p>
    </Panel>
  )
}
