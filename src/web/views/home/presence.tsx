import { useComputed, useSignal } from '@preact/signals'
import { homeAwayOf, isWhole } from '../../state/home-away.ts'
import { mayControl, thermostats } from '../../state/household.ts'
import { send } from '../../state/sending.ts'
import { TEXTS } from '../../texts.ts'

/**
 * Eco for the whole home in one tap. Where a thermostat does not get it, its own card says so.
 */
export function Presence() {
  const presence = useComputed(() => homeAwayOf(thermostats.value.values()))
  /** What was tapped, until the server has taken or refused all of it. */
  const wanted = useSignal<boolean | undefined>(undefined)
  const { serials, awayCount } = presence.value
  if (serials.length === 0) return null

  const choose = async (away: boolean) => {
    wanted.value = away
    await Promise.all(serials.map((serial) => send(serial, 'set_away', away)))
    if (wanted.value === away) wanted.value = undefined
  }
  const isSome = awayCount > 0 && awayCount < serials.length
  return (
    <div class="presence">
      {isSome && <span class="quiet">{TEXTS.home.some(awayCount, serials.length)}</span>}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be an inline row in every browser. */}
      <div class="choices" role="group" aria-label={TEXTS.home.presence}>
        {([false, true] as const).map((away) => (
          <button
            key={String(away)}
            type="button"
            disabled={!mayControl()}
            aria-pressed={
              wanted.value === undefined ? isWhole(presence.value, away) : wanted.value === away
            }
            onClick={() => void choose(away)}
          >
            {away ? TEXTS.home.away : TEXTS.home.atHome}
          </button>
        ))}
      </div>
    </div>
  )
}
