import type { Answer } from '../../../api/endpoints.ts'

type Finding = Answer<'getDoctor'>['findings'][number]

const ORDER: readonly Finding['level'][] = ['problem', 'warning', 'note']

/** What needs a look, the worst first; and what is well. */
export function sortedFindings(findings: readonly Finding[]): {
  readonly worse: readonly Finding[]
  readonly well: readonly Finding[]
} {
  const of = (level: Finding['level']) => findings.filter((each) => each.level === level)
  return { worse: ORDER.flatMap(of), well: of('ok') }
}
