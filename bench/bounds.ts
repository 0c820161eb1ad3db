import { type Figure, ratio } from './figure.ts'

/**
 * What a change may not make worse than this, as a ratio to the floor of the same run. CPU, bytes and
 * memory only; times say more about who else works there. CPU is twice what is measured on a machine
 * that others keep busy; memory at rest, which they do not touch, is a quarter more than it is.
 */
const BOUNDS: readonly { scenario: string; name: string; ratio: number }[] = [
  { scenario: 'put', name: 'busy, server CPU per 1,000', ratio: 7 },
  { scenario: 'put', name: 'busy, written per put', ratio: 2 },
  { scenario: 'put', name: 'lone, server CPU per 1,000', ratio: 8 },
  { scenario: 'put', name: 'lone, written per put', ratio: 2 },
  { scenario: 'push', name: 'server CPU per 1,000 commands', ratio: 10 },
  { scenario: 'held', name: 'memory per held subscription', ratio: 1.5 },
  { scenario: 'start', name: 'private memory at rest', ratio: 3 },
]

/** The scenarios that have bounds. */
export const BOUNDED: readonly string[] = [...new Set(BOUNDS.map(({ scenario }) => scenario))]

/** A bound that a figure exceeds. */
export interface Excess {
  readonly figure: string
  readonly words: string
}

/** Every bound that these figures exceed. */
export function exceeded(figures: readonly Figure[]): Excess[] {
  return figures.flatMap((figure) => {
    const bound = BOUNDS.find(
      ({ scenario, name }) => figure.scenario === scenario && figure.name.startsWith(name),
    )
    const actual = ratio(figure)
    if (bound === undefined || actual === undefined || actual <= bound.ratio) return []
    const times = `${actual.toFixed(2)} times the floor, at most ${bound.ratio} allowed`
    return [{ figure: figure.name, words: `${figure.scenario}: ${figure.name} is ${times}` }]
  })
}
