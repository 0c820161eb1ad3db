import { render } from 'preact'
import { App } from './app.tsx'
import { openHousehold } from './state/household.ts'
import { followRenewal } from './state/renewal.ts'
import { watchServer } from './state/server-health.ts'

const place = document.getElementById('app')
if (place !== null) {
  openHousehold()
  watchServer()
  followRenewal()
  // What index.html shows until now is in the same place in the page.
  place.replaceChildren()
  render(<App />, place)
}
