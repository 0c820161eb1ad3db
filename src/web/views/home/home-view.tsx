import { useComputed } from '@preact/signals'
import { AccessNote } from '../../parts/access-note.tsx'
import { linkTo } from '../../route.ts'
import { thermostats } from '../../state/household.ts'
import { byName } from '../../state/order.ts'
import { TEXTS } from '../../texts.ts'
import { Card } from './card.tsx'
import { Presence } from './presence.tsx'

/** Every thermostat of the household, each as a card. */
export function HomeView() {
  // As one text, so that a new reading of a thermostat does not render all cards anew.
  const order = useComputed(() =>
    byName(thermostats.value.values())
      .map(({ serial }) => serial)
      .join(' '),
  )
  const serials = order.value.split(' ').filter((serial) => serial !== '')
  return (
    <>
      <div class="home-head">
        <h1>{TEXTS.shell.home}</h1>
        <Presence />
      </div>
      <AccessNote />
      {serials.length === 0 && (
        <p>
          {TEXTS.home.none} <a href={linkTo({ view: 'add' })}>{TEXTS.home.add}</a>
        </p>
      )}
      <div class="cards">
        {serials.map((serial) => (
          <Card key={serial} serial={serial} />
        ))}
      </div>
    </>
  )
}
