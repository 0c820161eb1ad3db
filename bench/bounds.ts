import { type Figure, fullName, ratio } from './figure.ts'

/**
 * The highest ratio to the floor of the same run that each figure may have. CPU, bytes and memory only:
 * times depend too much on other load of the machine. The CPU bounds are twice what a quiet machine
 * measures; bytes and memory, which other load hardly affects, are a quarter above the measurement.
 */
const BOUNDS: readonly { scenario: string; name: string; ratio: number }[] = [
  { scenario: 'put', name: 'busy, server CPU per 1,000', ratio: 5 },
  { scenario: 'put', name: 'busy, written per put', ratio: 1 },
  { scenario: 'put', name: 'lone, server CPU per 1,000', ratio: 5 },
  { scenario: 'put', name: 'lone, written per put', ratio: 1 },
  { scenario: 'push', name: 'server CPU per 1,000 commands', ratio: 9 },
  { scenario: 'held', name: 'memory per held subscription', ratio: 1.8 },
  { scenario: 'start', name: 'private memory at rest', ratio: 2.1 },
  { scenario: 'storm', name: 'server CPU', ratio: 8 },
]

/** The scenarios that have bounds. */
export const BOUNDED: readonly string[] = [...new Set(BOUNDS.map(({ scenario }) => scenario))]

/** A bound that a figure exceeds. */
export interface Excess {
  readonly figure: string
  readonly message: string
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
    return [{ figure: figure.name, message: `${fullName(figure)} is ${times}` }]
  })
}
