import { type Figure, ratio } from './figure.ts'

/**
 * What a change may not make worse than this, as a ratio to the floor of the same run: at least
 * twice what is measured on a busy machine. CPU, bytes and memory only; times say more about
 * who else works there.
 */
const BOUNDS: readonly { scenario: string; name: string; ratio: number }[] = [
  { scenario: 'put', name: 'busy, server CPU per 1,000', ratio: 7 },
  { scenario: 'put', name: 'busy, written per put', ratio: 2 },
  { scenario: 'put', name: 'lone, server CPU per 1,000', ratio: 8 },
  { scenario: 'put', name: 'lone, written per put', ratio: 2 },
  { scenario: 'push', name: 'server CPU per 1,000 commands', ratio: 10 },
  { scenario: 'held', name: 'memory per held subscription', ratio: 1.8 },
  { scenario: 'start', name: 'private memory at rest', ratio: 4 },
]

/** The scenarios that have bounds. */
export const BOUNDED: readonly string[] = [...new Set(BOUNDS.map(({ scenario }) => scenario))]

/** In words, every bound that these figures exceed. */
export function exceeded(figures: readonly Figure[]): string[] {
  return figures.flatMap((figure) => {
    const bound = BOUNDS.find(
      ({ scenario, name }) => figure.scenario === scenario && figure.name.startsWith(name),
    )
    const actual = ratio(figure)
    if (bound === undefined || actual === undefined || actual <= bound.ratio) return []
    const times = `${actual.toFixed(2)} times the floor, at most ${bound.ratio} allowed`
    return [`${figure.scenario}: ${figure.name} is ${times}`]
  })
}
