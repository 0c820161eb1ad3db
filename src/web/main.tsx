import { render } from 'preact'
import { App } from './app.tsx'
import { openHousehold } from './state/household.ts'

const place = document.getElementById('app')
if (place !== null) {
  openHousehold()
  render(<App />, place)
}
