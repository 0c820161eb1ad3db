/** `note` is worth knowing, `warning` needs a look, `problem` keeps nle from working. */
export type Level = 'ok' | 'note' | 'warning' | 'problem'

/** The result of one check. */
export interface Finding {
  readonly check: string
  readonly level: Level
  readonly message: string
  /** How to mend it. */
  readonly mend?: string
}

/** The worst level of them all. */
export function worst(findings: readonly Finding[]): Level {
  const order: readonly Level[] = ['ok', 'note', 'warning', 'problem']
  return order[Math.max(0, ...findings.map(({ level }) => order.indexOf(level)))] ?? 'ok'
}
