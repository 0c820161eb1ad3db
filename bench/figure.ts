import { median } from './quantile.ts'

/** One measured number, beside the floor that bounds it here and the target of the project. */
export interface Figure {
  readonly scenario: string
  readonly name: string
  readonly value: number
  readonly unit: string
  /** The same figure of a bare server in the same run. */
  readonly floor?: number | undefined
  /** The bound the value should keep; `>=` for rates. */
  readonly target?: { readonly bound: number; readonly kind: '<=' | '>=' } | undefined
}

export const atMost = (bound: number): Figure['target'] => ({ bound, kind: '<=' })
export const atLeast = (bound: number): Figure['target'] => ({ bound, kind: '>=' })

/** The figures of one scenario, in the order in which they are added. */
export class FigureList {
  readonly all: Figure[] = []
  readonly #scenario: string

  constructor(scenario: string) {
    this.#scenario = scenario
  }

  add(name: string, unit: string, value: number, floor?: number, target?: Figure['target']): void {
    this.all.push({ scenario: this.#scenario, name, unit, value, floor, target })
  }
}

/** The value divided by the floor: lower is better for costs, higher for rates. */
export function ratio({ value, floor }: Figure): number | undefined {
  return floor === undefined || floor === 0 ? undefined : value / floor
}

export function isMet({ value, target }: Figure): boolean | undefined {
  if (target === undefined) return undefined
  return target.kind === '<=' ? value <= target.bound : value >= target.bound
}

export function fullName({ scenario, name }: Figure): string {
  return `${scenario}: ${name}`
}

/** Of figures that were measured several times, the medians of value and floor. */
export function medians(figures: readonly Figure[]): Figure[] {
  const byName = Map.groupBy(figures, fullName)
  return [...byName.values()].flatMap((those) => {
    const floors = those.flatMap(({ floor }) => floor ?? [])
    return those.slice(0, 1).map((first) => ({
      ...first,
      value: median(those.map(({ value }) => value)),
      floor: floors.length === 0 ? undefined : median(floors),
    }))
  })
}

/** The figures as a Markdown table. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.scenario,
    figure.name,
    `${shortNumber(figure.value)} ${figure.unit}`,
    figure.floor === undefined ? '' : shortNumber(figure.floor),
    ratio(figure)?.toFixed(2) ?? '',
    figure.target === undefined ? '' : `${figure.target.kind} ${shortNumber(figure.target.bound)}`,
    { true: 'yes', false: 'no', undefined: '' }[`${isMet(figure)}`] ?? '',
  ])
  const head = ['scenario', 'figure', 'measured', 'floor', 'ratio', 'target', 'met']
  return markdown(head, rows)
}

export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, head.map(() => '---'), ...rows]
  return all.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

export function shortNumber(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en')
  const digits = Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 10 ? 1 : 3
  return value.toLocaleString('en', { maximumFractionDigits: digits })
}
