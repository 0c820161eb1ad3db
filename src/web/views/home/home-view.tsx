import { thermostats } from '../../state/household.ts'
import { TEXTS } from '../../texts.ts'

/** Every thermostat of the household, each as a card. */
export function HomeView() {
  return (
    <>
      <h1>{TEXTS.shell.home}</h1>
      <div class="cards">
        {[...thermostats.value.values()].map((status) => (
          <article key={status.serial} class="card" aria-label={status.name}>
            <h2>{status.name}</h2>
          </article>
        ))}
      </div>
    </>
  )
}
