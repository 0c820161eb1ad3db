import { useComputed } from '@preact/signals'
import { maySend } from '../../state/permission.ts'
import { send } from '../../state/sending.ts'
import { climateOf, modesOf } from '../../state/shown-climate.ts'
import { TEXTS } from '../../texts.ts'
import type { DeviceProps } from './device-props.ts'

const { device: texts, home } = TEXTS

/** The mode, and eco. */
export function ModePanel({ serial, status }: DeviceProps) {
  const { value } = status
  const rule = useComputed(() => (status.value === undefined ? '' : climateOf(status.value).rule))
  if (value === undefined) return null
  const isFixed = !maySend(value)
  const isEco = rule.value === 'eco' || value.away
  return (
    <section class="panel" aria-labelledby="mode">
      <h2 id="mode">{texts.mode}</h2>
      <div class="row">
        <fieldset class="choices">
          <legend class="heard">{texts.mode}</legend>
          {modesOf(value).map((mode) => (
            <button
              key={mode}
              type="button"
              disabled={isFixed}
              aria-pressed={value.mode === mode}
              onClick={() => void send(serial, 'set_mode', mode)}
            >
              {texts.modes[mode]}
            </button>
          ))}
        </fieldset>
        <fieldset class="choices">
          <legend class="heard">{home.presence}</legend>
          {([false, true] as const).map((away) => (
            <button
              key={String(away)}
              type="button"
              disabled={isFixed}
              aria-pressed={isEco === away}
              onClick={() => void send(serial, 'set_away', away)}
            >
              {away ? texts.eco : home.atHome}
            </button>
          ))}
        </fieldset>
      </div>
      {rule.value === 'eco' && <p class="quiet">{texts.ecoCounts}</p>}
      {rule.value === 'off' && <p class="quiet">{texts.offCounts}</p>}
    </section>
  )
}
