import { signal } from '@preact/signals'
import { readRoute } from '../route.ts'

/** Where in the page a person is. */
export const place = signal(readRoute(location.hash))

addEventListener('hashchange', () => {
  place.value = readRoute(location.hash)
})
